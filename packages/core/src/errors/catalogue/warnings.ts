import { defineError } from '../lokstra-error.js'

export const W_PATTERN_BACKTRACKING = defineError<{ field: string; pattern: RegExp; ambiguous: readonly string[] }>({
  code: 'W_PATTERN_BACKTRACKING',
  when: 'A pattern of a rule can match one text in several ways, so that a client can keep the process busy for very long. The server starts.',
  message: ({ field, pattern, ambiguous }) =>
    `${field} is matched with ${String(pattern)}: a long text made of ${ambiguous.map((part) => `\`${part}\``).join(', ')}, with an end that does not fit, may take very long`,
  fix: () =>
    'Let no text match in two ways: no repetition inside a repetition whose parts nothing divides, none beside another of the same characters. /^(\\w+\\s?)*$/ becomes /^\\w+(\\s\\w+)*$/. A bound such as {1,40} does not help.',
  example: { field: 'Article.title', pattern: /^(a+)+$/, ambiguous: ['a'] },
})

export const W_PATTERN_UNCHECKED = defineError<{ count: number }>({
  code: 'W_PATTERN_UNCHECKED',
  when: 'There are so many complicated patterns that not all could be checked for backtracking without holding up the start.',
  message: ({ count }) => `${count} ${count === 1 ? 'pattern was' : 'patterns were'} not checked for backtracking`,
  fix: () =>
    'Write the patterns of fields without a repetition inside a repetition; such patterns take no time to check.',
  example: { count: 3 },
})

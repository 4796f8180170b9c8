/** What the options of decorators must be; the compiler asks for the same, and nobody asks it in JavaScript. */
const kinds = {
  summary: 'text',
  description: 'text',
  tags: 'a list of text',
  deprecated: 'true or false',
  idempotent: 'true or false',
  nullable: 'true or false',
  probe: 'the word "readiness"',
  examples: 'a list',
} as const

type Option = keyof typeof kinds

const tests: Readonly<Record<(typeof kinds)[Option], (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  'a list of text': (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  'true or false': (value) => typeof value === 'boolean',
  'a list': Array.isArray,
  'the word "readiness"': (value) => value === 'readiness',
}

/** An option that has the wrong kind, and which it should have. */
export interface WrongOption {
  readonly option: string
  readonly value: unknown
  readonly wanted: string
}

function wrongOptions(options: object): readonly WrongOption[] {
  return Object.entries(options as Readonly<Record<string, unknown>>).flatMap(([option, value]) => {
    const wanted = value !== undefined && option in kinds ? kinds[option as Option] : undefined
    return wanted && !tests[wanted](value) ? [{ option, value, wanted }] : []
  })
}

/** The options that can be used, after `report` was told about the others. */
export function rightOptions<O extends object>(options: O, report: (problem: string, fix: string) => void): O {
  const wrong = wrongOptions(options)
  if (wrong.length === 0) return options
  for (const { option, value, wanted } of wrong) {
    report(`the option ${option} is ${JSON.stringify(value)}`, `Give ${wanted} for ${option}.`)
  }
  const names = new Set(wrong.map(({ option }) => option))
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.has(name))) as O
}

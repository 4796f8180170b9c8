import { defineError } from '@lokstra/core'

export const E_TSCONFIG_MISSING = defineError<{ folder: string }>({
  code: 'E_TSCONFIG_MISSING',
  when: '`lokstra dev` or `lokstra build` finds nothing that says how a project is compiled.',
  message: ({ folder }) => `There is no tsconfig.json in ${folder} or above it`,
  fix: () =>
    'Add one with experimentalDecorators and emitDecoratorMetadata, or name the configuration of a project with --config.',
  example: { folder: '/srv/shop' },
})

export const E_TYPESCRIPT_MISSING = defineError<{ folder: string }>({
  code: 'E_TYPESCRIPT_MISSING',
  when: 'The project has no TypeScript to compile it with.',
  message: ({ folder }) => `TypeScript is not installed for ${folder}`,
  fix: () => 'Run npm install --save-dev typescript.',
  example: { folder: '/srv/shop' },
})

export const E_BUILD_FAILED = defineError<{ errors: number; areDecoratorsRefused: boolean }>({
  code: 'E_BUILD_FAILED',
  when: '`lokstra build` finds mistakes of TypeScript in a project.',
  message: ({ errors }) =>
    `The project does not compile: TypeScript has found ${errors === 1 ? 'one error' : `${errors} errors`}`,
  fix: ({ areDecoratorsRefused }) =>
    areDecoratorsRefused
      ? 'Correct what is printed above. If every decorator is refused, set "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json.'
      : 'Correct what is printed above.',
  example: { errors: 2, areDecoratorsRefused: false },
})

export const E_COMPILER_ENDED = defineError<{ ended: string; output: string }>({
  code: 'E_COMPILER_ENDED',
  when: 'The compiler of a project ends before it has found any mistake, under `lokstra dev` or `lokstra build`.',
  message: ({ ended, output }) =>
    `The compiler ended ${ended}${output === '' ? ', and has said nothing' : ` and said: ${output}`}`,
  fix: () =>
    'Give it more memory if that is what was short: the limit of the container or, for TypeScript below 7, NODE_OPTIONS=--max-old-space-size.',
  example: { ended: 'by SIGKILL', output: '' },
})

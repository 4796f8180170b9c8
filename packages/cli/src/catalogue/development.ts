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

export const E_BUILD_FAILED = defineError<{ errors: number }>({
  code: 'E_BUILD_FAILED',
  when: '`lokstra build` finds mistakes of TypeScript in a project.',
  message: ({ errors }) =>
    `The project does not compile: TypeScript has found ${errors === 1 ? 'one error' : `${errors} errors`}`,
  fix: () => 'Correct what is printed above.',
  example: { errors: 2 },
})

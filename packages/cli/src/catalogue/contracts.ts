import { defineError } from '@lokstra/core'

export const E_CONTRACTS_NONE = defineError<{ config: string }>({
  code: 'E_CONTRACTS_NONE',
  when: '`lokstra contract` finds no service that other servers can call.',
  message: ({ config }) => `${config} publishes no service`,
  fix: () => 'List services under publish of an app, or name the configuration that does with --config.',
  example: { config: 'lokstra.yaml' },
})

export const E_CONTRACTS_SNAPSHOT = defineError<{ file: string; reason: string }>({
  code: 'E_CONTRACTS_SNAPSHOT',
  when: '`lokstra contract check` cannot read the snapshot that it compares with.',
  message: ({ file, reason }) => `The snapshot ${file} cannot be read: ${reason}`,
  fix: () => 'Write it with lokstra contract snapshot, or name another with --against.',
  example: {
    file: 'lokstra.contracts.json',
    reason: "ENOENT: no such file or directory, open 'lokstra.contracts.json'",
  },
})

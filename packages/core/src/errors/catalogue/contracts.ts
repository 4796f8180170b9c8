import { defineError } from '../lokstra-error.js'

export const E_CONTRACTS_FORMAT = defineError<{ what: string; problem: string }>({
  code: 'E_CONTRACTS_FORMAT',
  when: 'A snapshot of contracts, or what another server answers when it is asked for its contracts, cannot be read.',
  message: ({ what, problem }) => `${what} holds no contracts: ${problem}`,
  fix: () =>
    'Write the file again with lokstra contract snapshot. Of a server: see that its address is that of a Lokstra server of about the same version.',
  example: {
    what: 'lokstra.contracts.json',
    problem: 'the hash of services.OrderService is not that of its operations',
  },
})

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

export const E_CONTRACTS_BROKEN = defineError<{
  consumer: string
  provider: string
  service: string
  changes: readonly string[]
}>({
  code: 'E_CONTRACTS_BROKEN',
  when: 'A server calls a service on another server whose code promises something else. Calls of the operations that have changed are refused before they are sent, and the calling server is not ready.',
  message: ({ consumer, provider, service, changes }) =>
    `${consumer} cannot call ${service} on ${provider}: ${changes.join('; ')}`,
  fix: ({ consumer, provider }) =>
    `Deploy ${consumer} with the code of ${provider}, or take the change back. lokstra contract check finds such changes before a deployment.`,
  example: {
    consumer: 'shop.orders',
    provider: 'shop.users',
    service: 'UserService',
    changes: ['UserService.find output.name: is gone'],
  },
})

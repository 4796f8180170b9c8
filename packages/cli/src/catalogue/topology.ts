import { defineError } from '@lokstra/core'

export const E_TOPOLOGY_PORT = defineError<{ server: string; listen: string; reason: string }>({
  code: 'E_TOPOLOGY_PORT',
  when: '`lokstra topology up` would start servers whose addresses are not free. Nothing is started then.',
  message: ({ server, listen, reason }) => `${server} cannot listen on ${listen}: ${reason}`,
  fix: () =>
    'Give the apps of each server a listen of their own, which is :3000 where none is given; or end what listens there.',
  example: { server: 'shop.users', listen: ':3001', reason: 'shop.orders does too' },
})

export const E_TOPOLOGY_UNKNOWN = defineError<{ deployment: string; hint: string; known: readonly string[] }>({
  code: 'E_TOPOLOGY_UNKNOWN',
  when: '`lokstra topology up` or `graph` names a deployment that the configuration does not have.',
  message: ({ deployment, hint }) => `There is no deployment ${deployment}.${hint}`,
  fix: ({ known }) =>
    known.length > 0
      ? `Choose one of: ${known.join(', ')}.`
      : 'Describe its servers under deployments in the configuration.',
  example: { deployment: 'mikroservices', hint: ' Did you mean "microservices"?', known: ['microservices'] },
})

export const E_TOPOLOGY_CHOICE = defineError<{ known: readonly string[] }>({
  code: 'E_TOPOLOGY_CHOICE',
  when: '`lokstra topology up` names no deployment, and the configuration does not have exactly one.',
  message: ({ known }) =>
    known.length > 0
      ? `There are ${known.length} deployments, and none was named`
      : 'The configuration has no deployments',
  fix: ({ known }) =>
    known.length > 0
      ? `Name one of: ${known.join(', ')}.`
      : 'Describe servers under deployments in the configuration, or run everything in one process with lokstra start.',
  example: { known: ['microservices', 'replicated'] },
})

export const E_TOPOLOGY_EMPTY = defineError<{ deployment: string }>({
  code: 'E_TOPOLOGY_EMPTY',
  when: '`lokstra topology up` or `graph` names a deployment that has no servers.',
  message: ({ deployment }) => `The deployment ${deployment} has no servers`,
  fix: ({ deployment }) => `Describe them under deployments.${deployment}.servers in the configuration.`,
  example: { deployment: 'microservices' },
})

export const E_TOPOLOGY_PLAN = defineError<{ signal: string }>({
  code: 'E_TOPOLOGY_PLAN',
  when: 'The process in which `lokstra topology up` finds out what to start is ended from outside, or for want of memory.',
  message: ({ signal }) => `The process that reads the configuration of the deployment was ended by ${signal}`,
  fix: () => 'Give it more memory if that is what was short: the limit of the container.',
  example: { signal: 'SIGKILL' },
})

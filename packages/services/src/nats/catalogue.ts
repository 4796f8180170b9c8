import { defineError } from '@lokstra/core'

export const E_NATS_UNREACHABLE = defineError<{ servers: string; reason: string }>({
  code: 'E_NATS_UNREACHABLE',
  when: 'No NATS server takes the connection while the server starts.',
  message: ({ servers, reason }) => `NATS cannot be reached at ${servers}: ${reason}`,
  fix: () => 'Start nats-server, or correct "servers" and the credentials of the nats service.',
  example: { servers: 'nats://127.0.0.1:4222', reason: 'connection refused' },
})

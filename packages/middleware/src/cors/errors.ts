import { defineError } from '@lokstra/core'

export const E_CORS_CREDENTIALS = defineError<{ origins: readonly string[] }>({
  code: 'E_CORS_CREDENTIALS',
  when: 'The cors middleware is to let every origin send cookies, which would give any web page the rights of its visitor.',
  message: ({ origins }) => `cors has credentials: true and the origins ${JSON.stringify(origins)}`,
  fix: () => 'List the origins that may send credentials, or switch credentials off.',
  example: { origins: ['*'] },
})

export const E_CORS_ORIGIN = defineError<{ origin: string }>({
  code: 'E_CORS_ORIGIN',
  when: "An entry of the cors middleware's origins can match no `Origin` header.",
  message: ({ origin }) => `cors has the origin ${JSON.stringify(origin)}, which no browser sends`,
  fix: () => 'Write scheme, host and port only: "https://shop.example", "https://*.shop.example", "*" or "null".',
  example: { origin: 'https://shop.example/' },
})

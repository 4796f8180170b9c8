import { defineError } from '../lokstra-error.js'

export const E_TLS_FILE = defineError<{ what: string; file: string; reason: string; fix: string }>({
  code: 'E_TLS_FILE',
  when: 'A file of the `tls` of an app, or of `calls`, cannot be read, or does not hold what its key says.',
  message: ({ what, file, reason }) => `The ${what} ${file} ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    what: 'certificate',
    file: '/srv/shop/tls/site.pem',
    reason: 'does not exist',
    fix: 'Correct the path; a relative one starts at the folder of the configuration.',
  },
})

export const E_TLS_KEY = defineError<{ cert: string; key: string }>({
  code: 'E_TLS_KEY',
  when: 'The private key of the `tls` of an app, or of `calls`, is not that of its certificate.',
  message: ({ cert, key }) => `The private key ${key} does not belong to the certificate ${cert}`,
  fix: () =>
    'Use the key that the certificate was requested with. In a file of several certificates the server’s own comes first.',
  example: { cert: '/srv/shop/tls/site.pem', key: '/srv/shop/tls/old.key' },
})

export const E_TLS_DATES = defineError<{ file: string; problem: string }>({
  code: 'E_TLS_DATES',
  when: 'The certificate of the `tls` of an app, or of `calls`, has expired, or is not valid yet.',
  message: ({ file, problem }) => `The certificate ${file} ${problem}`,
  fix: () => 'Renew it, or set the clock of this machine right.',
  example: { file: '/srv/shop/tls/site.pem', problem: 'expired on 2026-03-01T12:00:00.000Z' },
})

export const E_TLS_AUTHORITY = defineError<{ app: string }>({
  code: 'E_TLS_AUTHORITY',
  when: 'An app asks its clients for certificates and does not say who may issue them.',
  message: ({ app }) => `The app ${app} asks clients for certificates, and tls.ca is missing`,
  fix: () =>
    'Set `ca` to the certificates of the authorities that issue those of your clients: without it every public authority would do.',
  example: { app: 'internal' },
})

export const E_LISTENER_CONFLICT = defineError<{ first: string; second: string; address: string; what: string }>({
  code: 'E_LISTENER_CONFLICT',
  when: 'Two apps share an address and disagree on how it is served.',
  message: ({ first, second, address, what }) =>
    `The apps ${first} and ${second} share ${address}, and differ in ${what}`,
  fix: ({ what }) => `Give both the same ${what}, or an address each.`,
  example: { first: 'api', second: 'admin', address: ':3000', what: 'tls' },
})

export const W_TLS_EXPIRES = defineError<{ file: string; at: string }>({
  code: 'W_TLS_EXPIRES',
  when: 'The certificate of the `tls` of an app, or of `calls`, expires within 14 days. Logged at the start, and once a day; the server runs.',
  message: ({ file, at }) => `The certificate ${file} expires on ${at}`,
  fix: () => 'Renew it.',
  example: { file: '/srv/shop/tls/site.pem', at: '2026-12-01T12:00:00.000Z' },
})

import { defineError } from '../lokstra-error.js'

export const E_MOUNT_DIR = defineError<{ kind: string; dir: string }>({
  code: 'E_MOUNT_DIR',
  when: 'The folder of a static or spa mount is missing, is not a folder, or may not be read.',
  message: ({ kind, dir }) => `The ${kind} mount's folder ${dir} is not a readable folder`,
  fix: () =>
    'Create it, for example by building the front end first, or correct `dir`; a relative one starts at the configuration file.',
  example: { kind: 'static', dir: '/srv/shop/public' },
})

export const E_MOUNT_INDEX = defineError<{ file: string }>({
  code: 'E_MOUNT_INDEX',
  when: 'The folder of a spa mount has no index file to answer navigation with.',
  message: ({ file }) => `The spa mount has no file ${file}`,
  fix: () => 'Build the front end into that folder, or set `index` to the name of its page.',
  example: { file: '/srv/shop/web/index.html' },
})

export const E_MOUNT_AUTHORITY = defineError<{ file: string; reason: string; fix: string }>({
  code: 'E_MOUNT_AUTHORITY',
  when: 'The authorities that a proxy mount trusts cannot be read, or are of no use for its target.',
  message: ({ file, reason }) => `proxy.ca: ${file} ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    file: '/srv/shop/tls/authority.pem',
    reason: 'does not exist',
    fix: 'Correct the path; a relative one starts at the folder of the configuration.',
  },
})

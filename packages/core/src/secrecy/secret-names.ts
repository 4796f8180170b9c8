/**
 * How the names of values end that are secrets wherever they stand: in configuration, in logs, in queries. Each of these places adds the names
 * that are one only there: `key` holds a secret in configuration, and in a log more often the key of a cache.
 */
export const secretNames: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'credential',
  'authorization',
]

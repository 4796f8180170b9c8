import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

import { E_MOUNT_AUTHORITY } from '../errors/catalogue/mounts.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { ProxyTarget } from './proxy-target.js'

/** Far larger than all well-known authorities together; a file beyond it was named by mistake. */
const largestFileBytes = 1024 * 1024

/**
 * The authorities whose certificates a proxy believes its target, as PEM.
 * @param file  absolute
 * @throws E_MOUNT_AUTHORITY
 */
export function readAuthority(file: string, { isSecure }: ProxyTarget): Buffer {
  if (!isSecure) {
    const fix = 'Leave ca out, or begin the target with https://.'
    throw lokstraError(E_MOUNT_AUTHORITY, { file, reason: 'is of no use: the target is not https', fix })
  }
  const content = read(file)
  let cause: unknown
  try {
    // Without the marks it could be DER, which the TLS stack does not read.
    if (content.includes('-----BEGIN CERTIFICATE-----')) {
      new X509Certificate(content)
      return content
    }
  } catch (error) {
    cause = error
  }
  const reason = 'holds no certificate in PEM form'
  const fix =
    'Name a file that begins with "-----BEGIN CERTIFICATE-----", of the authority that issued the one of the target.'
  throw lokstraError(E_MOUNT_AUTHORITY, { file, reason, fix }, undefined, { cause })
}

function read(file: string): Buffer {
  try {
    const stats = statSync(file)
    if (stats.isFile() && stats.size <= largestFileBytes) return readFileSync(file)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message.replace(/, \w+(?: '.*')?$/s, '')}`
    const fix = 'Correct the path, which starts at the folder of the configuration, or the rights of the file.'
    throw lokstraError(E_MOUNT_AUTHORITY, { file, reason, fix }, undefined, { cause })
  }
  const fix = 'Name a file with nothing but PEM blocks.'
  throw lokstraError(E_MOUNT_AUTHORITY, { file, reason: 'is no file of at most 1 MiB', fix })
}

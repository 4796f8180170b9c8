import { E_MOUNT_AUTHORITY } from '../errors/catalogue/mounts.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { parseCertificate, readPem, UnfitPemError } from '../files/read-pem.js'
import type { ProxyTarget } from './proxy-target.js'

/**
 * The authorities whose certificates a proxy believes its target, as PEM.
 * @param file  absolute
 * @throws E_MOUNT_AUTHORITY
 */
export async function readAuthority(file: string, { isSecure }: ProxyTarget): Promise<Buffer> {
  if (!isSecure) {
    const fix = 'Leave ca out, or begin the target with https://.'
    throw lokstraError(E_MOUNT_AUTHORITY, { file, reason: 'is of no use: the target is not https', fix })
  }
  try {
    const authorities = await readPem(file)
    parseCertificate(authorities)
    return authorities
  } catch (error) {
    if (!(error instanceof UnfitPemError)) throw error
    const { reason, fix, cause } = error
    throw lokstraError(E_MOUNT_AUTHORITY, { file, reason, fix }, undefined, { cause })
  }
}

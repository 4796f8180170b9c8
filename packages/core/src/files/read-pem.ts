import { X509Certificate } from 'node:crypto'

import { readRegularFile, UnfitFileError } from './read-regular-file.js'

/** Far larger than any chain, and than all well-known authorities together; a file beyond it was named by mistake. */
const largestFileBytes = 1024 * 1024

/** A file that was named for its PEM blocks cannot be read, or does not hold them. */
export class UnfitPemError extends Error {
  /**
   * @param reason  follows the path: `does not exist`
   * @param fix  what whoever named the file can do
   */
  constructor(
    readonly reason: string,
    readonly fix: string,
    cause: unknown,
  ) {
    super(reason, { cause })
  }
}

/**
 * @param path  absolute
 * @throws UnfitPemError
 */
export async function readPem(path: string): Promise<Buffer> {
  try {
    return await readRegularFile(path, largestFileBytes)
  } catch (cause) {
    const [reason, fix] = describeFailure(cause)
    throw new UnfitPemError(reason, fix, cause)
  }
}

/**
 * The first certificate of a file.
 * @throws UnfitPemError
 */
export function parseCertificate(pem: Buffer): X509Certificate {
  let cause: unknown
  try {
    // Without the marks it could be DER, which the TLS stack does not read.
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return new X509Certificate(pem)
  } catch (error) {
    cause = error
  }
  const fix = 'Name a file that begins with "-----BEGIN CERTIFICATE-----".'
  throw new UnfitPemError('holds no certificate in PEM form', fix, cause)
}

/** Why a file could not be read, in words. */
function describeFailure(cause: unknown): readonly [reason: string, fix: string] {
  if (cause instanceof UnfitFileError) return [cause.reason, 'Name a file with nothing but PEM blocks.']
  const { code, message } = cause as NodeJS.ErrnoException
  const fix = 'Correct the path; a relative one starts at the folder of the configuration.'
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return ['does not exist', fix]
    case 'EISDIR':
      return ['is a folder', fix]
    case 'EACCES':
      return ['may not be read by this process', 'Let the user that this process runs as read it.']
    default:
      return [`cannot be read: ${message}`, fix]
  }
}

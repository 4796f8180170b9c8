import { createPrivateKey, type X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

import type { Locate } from '../config/tree/config-path.js'
import type { TlsConfig } from '../config/classes/tls-config.js'
import { E_TLS_AUTHORITY, E_TLS_DATES, E_TLS_FILE, E_TLS_KEY } from '../errors/catalogue/listeners.js'
import { lokstraError, placed, type LokstraError } from '../errors/lokstra-error.js'
import { parseCertificate, readPem, UnfitPemError } from '../files/read-pem.js'

/** What TLS at an address is served with: read, parsed and checked. */
export interface LoadedTls {
  /** For `node:tls`. */
  readonly context: SecureContextOptions
  readonly clientCertificate: TlsConfig['clientCertificate']
  /** Absolute paths of the files it was read from. */
  readonly files: readonly string[]
  /** Its file, and its end in milliseconds since 1970; undefined where there are only authorities. */
  readonly certificate: { readonly file: string; readonly expiresAt: number } | undefined
}

/** What is read: of an app; or of those who call, who may trust authorities and have no certificate of their own. */
export type TlsFiles = Pick<TlsConfig, 'clientCertificate' | 'minVersion'> &
  Readonly<Partial<Record<'cert' | 'key' | 'ca' | 'passphrase', string | undefined>>>

/** What the files are called in errors. */
const fileKinds = { cert: 'certificate', key: 'private key', ca: 'file of authorities' } as const

interface PemFile {
  readonly what: (typeof fileKinds)[keyof typeof fileKinds]
  readonly path: string
  readonly content: Buffer
}

/**
 * Reads the files of an app's `tls`, or of `calls.tls`.
 * @param folder  what relative paths start at
 * @param problems  receives every mistake; with any, nothing is returned
 */
export async function loadTls(
  app: string,
  config: TlsFiles,
  folder: string,
  locate: Locate,
  problems: LokstraError[],
): Promise<LoadedTls | undefined> {
  const before = problems.length
  const report = (key: string, error: unknown): undefined => {
    problems.push(placed(error as LokstraError, locate([key])))
  }
  const attempt = <T>(key: string, check: () => T): T | undefined => {
    try {
      return check()
    } catch (error) {
      return report(key, error)
    }
  }
  const read = (key: keyof typeof fileKinds) => {
    const file = config[key]
    if (file === undefined) return undefined
    return readFile(fileKinds[key], resolve(folder, file)).catch((error: unknown) => report(key, error))
  }
  const [cert, key, ca] = await Promise.all([read('cert'), read('key'), read('ca')])
  if (ca) attempt('ca', () => certificateOf(ca))
  const leaf = cert && attempt('cert', () => checkDates(certificateOf(cert), cert.path))
  const privateKey = key && attempt('key', () => parseKey(key, config.passphrase))
  if (leaf && privateKey && cert && key && !leaf.checkPrivateKey(privateKey)) {
    problems.push(lokstraError(E_TLS_KEY, { cert: cert.path, key: key.path }, locate(['key'])))
  }
  if (config.clientCertificate !== 'none' && config.ca === undefined) {
    problems.push(lokstraError(E_TLS_AUTHORITY, { app }, locate(['clientCertificate'])))
  }
  const first = cert ?? ca
  if (problems.length > before || !first) return undefined
  const context: SecureContextOptions = {
    minVersion: config.minVersion,
    ...(cert && key ? { cert: cert.content, key: key.content } : {}),
    ...(ca ? { ca: ca.content } : {}),
    ...(config.passphrase === undefined ? {} : { passphrase: config.passphrase }),
  }
  const isUsable = attempt(cert ? 'cert' : 'ca', () => checkContext(context, first))
  if (!isUsable) return undefined
  return {
    context,
    clientCertificate: config.clientCertificate,
    files: [cert, key, ca].flatMap((file) => file?.path ?? []),
    certificate: cert && leaf && { file: cert.path, expiresAt: Date.parse(leaf.validTo) },
  }
}

async function readFile(what: PemFile['what'], path: string): Promise<PemFile> {
  const content = await readPem(path).catch((error: unknown) => refuse(what, path, error))
  return { what, path, content }
}

function certificateOf({ what, path, content }: PemFile): X509Certificate {
  try {
    return parseCertificate(content)
  } catch (error) {
    return refuse(what, path, error)
  }
}

function refuse(what: PemFile['what'], file: string, error: unknown): never {
  if (!(error instanceof UnfitPemError)) throw error
  const { reason, fix, cause } = error
  throw lokstraError(E_TLS_FILE, { what, file, reason, fix }, [], { cause })
}

function parseKey(
  { what, path, content }: PemFile,
  passphrase: string | undefined,
): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey({ key: content, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (cause) {
    const [reason, fix] = keyMistake(content, passphrase)
    throw lokstraError(E_TLS_FILE, { what, file: path, reason, fix }, [], { cause })
  }
}

function keyMistake(content: Buffer, passphrase: string | undefined): readonly [reason: string, fix: string] {
  if (!content.includes('ENCRYPTED')) {
    return ['holds no private key in PEM form', 'Name a file that holds a block such as "-----BEGIN PRIVATE KEY-----".']
  }
  if (passphrase !== undefined) return ['cannot be decrypted with tls.passphrase', 'Correct `passphrase`.']
  return ['is encrypted, and tls.passphrase is missing', 'Set `passphrase`, from a variable or a secret.']
}

function checkDates(certificate: X509Certificate, file: string): X509Certificate {
  const now = Date.now()
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  if (to <= now) throw lokstraError(E_TLS_DATES, { file, problem: `expired on ${new Date(to).toISOString()}` })
  if (from > now) throw lokstraError(E_TLS_DATES, { file, problem: `is valid from ${new Date(from).toISOString()} on` })
  return certificate
}

/** What OpenSSL itself refuses: keys that are too weak, a damaged chain behind a good certificate. */
function checkContext(context: SecureContextOptions, { what, path }: PemFile): true {
  try {
    createSecureContext(context)
    return true
  } catch (cause) {
    const reason = `cannot be used: ${(cause as Error).message}`
    throw lokstraError(E_TLS_FILE, { what, file: path, reason, fix: 'Have it issued anew.' }, [], { cause })
  }
}

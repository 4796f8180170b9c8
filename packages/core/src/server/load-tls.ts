import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

import type { Locate } from '../config/tree/config-path.js'
import type { TlsConfig } from '../config/classes/tls-config.js'
import { E_TLS_AUTHORITY, E_TLS_DATES, E_TLS_FILE, E_TLS_KEY } from '../errors/catalogue/listeners.js'
import { lokstraError, placed, type LokstraError } from '../errors/lokstra-error.js'

/** How long before its end a certificate is worth a warning, in milliseconds. */
const soonMs = 14 * 24 * 3_600_000
/** Far larger than any chain; a file beyond it was named by mistake. */
const largestFileBytes = 1024 * 1024

/** What TLS at an address is served with: read, parsed and checked. */
export interface LoadedTls {
  /** For `node:tls`. */
  readonly context: SecureContextOptions
  readonly clientCertificate: TlsConfig['clientCertificate']
  /** Absolute paths of the files it was read from. */
  readonly files: readonly string[]
  /** The certificate's file and end, where the end is near. */
  readonly expiresSoon: { readonly file: string; readonly at: string } | undefined
}

interface PemFile {
  readonly path: string
  readonly content: Buffer
}

/**
 * Reads the files of an app's `tls`.
 * @param folder  what relative paths start at
 * @param problems  receives every mistake; with any, nothing is returned
 */
export async function loadTls(
  app: string,
  config: TlsConfig,
  folder: string,
  locate: Locate,
  problems: LokstraError[],
): Promise<LoadedTls | undefined> {
  const before = problems.length
  const read = (key: 'cert' | 'key' | 'ca', what: string) =>
    config[key] === undefined
      ? undefined
      : readPem(resolve(folder, config[key]), what).catch((error: unknown) => {
          problems.push(placed(error as LokstraError, locate([key])))
          return undefined
        })
  const [cert, key, ca] = await Promise.all([
    read('cert', 'certificate'),
    read('key', 'private key'),
    read('ca', 'file of authorities'),
  ])
  const attempt = <T>(path: string, check: () => T): T | undefined => {
    try {
      return check()
    } catch (error) {
      problems.push(placed(error as LokstraError, locate([path])))
      return undefined
    }
  }
  if (ca) attempt('ca', () => parseCertificate(ca, 'file of authorities'))
  const leaf = cert && attempt('cert', () => checkDates(parseCertificate(cert, 'certificate'), cert.path))
  const privateKey = key && attempt('key', () => parseKey(key, config.passphrase))
  if (leaf && privateKey && cert && key && !leaf.checkPrivateKey(privateKey)) {
    problems.push(lokstraError(E_TLS_KEY, { cert: cert.path, key: key.path }, locate(['key'])))
  }
  if (config.clientCertificate !== 'none' && config.ca === undefined) {
    problems.push(lokstraError(E_TLS_AUTHORITY, { app }, locate(['clientCertificate'])))
  }
  if (problems.length > before || !cert || !key || !leaf) return undefined
  const context: SecureContextOptions = {
    cert: cert.content,
    key: key.content,
    minVersion: config.minVersion,
    ...(ca ? { ca: ca.content } : {}),
    ...(config.passphrase === undefined ? {} : { passphrase: config.passphrase }),
  }
  const isUsable = attempt('cert', () => checkContext(context, cert.path))
  if (!isUsable) return undefined
  const end = Date.parse(leaf.validTo)
  return {
    context,
    clientCertificate: config.clientCertificate,
    files: [cert, key, ca].flatMap((file) => file?.path ?? []),
    expiresSoon: end - Date.now() < soonMs ? { file: cert.path, at: new Date(end).toISOString() } : undefined,
  }
}

async function readPem(path: string, what: string): Promise<PemFile> {
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'does not exist'
        : code === 'EISDIR'
          ? 'is a folder'
          : code === 'EACCES'
            ? 'may not be read by this process'
            : `cannot be read: ${message}`
    const fix =
      code === 'EACCES'
        ? 'Let the user that this process runs as read it.'
        : 'Correct the path; a relative one starts at the folder of the configuration.'
    throw lokstraError(E_TLS_FILE, { what, file: path, reason, fix }, [], { cause })
  }
  if (content.length > largestFileBytes) {
    const fix = 'Name a file with nothing but PEM blocks.'
    throw lokstraError(E_TLS_FILE, { what, file: path, reason: 'is larger than 1 MiB', fix })
  }
  return { path, content }
}

function parseCertificate({ path, content }: PemFile, what: string): X509Certificate {
  try {
    // Without the marks it could be DER, which the TLS stack does not read.
    if (content.includes('-----BEGIN CERTIFICATE-----')) return new X509Certificate(content)
  } catch (cause) {
    throw lokstraError(E_TLS_FILE, { what, file: path, ...notACertificate }, [], { cause })
  }
  throw lokstraError(E_TLS_FILE, { what, file: path, ...notACertificate })
}

const notACertificate = {
  reason: 'holds no certificate in PEM form',
  fix: 'Name a file that begins with "-----BEGIN CERTIFICATE-----".',
}

function parseKey({ path, content }: PemFile, passphrase: string | undefined): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey({ key: content, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (cause) {
    const isEncrypted = content.includes('ENCRYPTED')
    const [reason, fix] = !isEncrypted
      ? ['holds no private key in PEM form', 'Name a file that holds a block such as "-----BEGIN PRIVATE KEY-----".']
      : passphrase === undefined
        ? ['is encrypted, and tls.passphrase is missing', 'Set `passphrase`, from a variable or a secret.']
        : ['cannot be decrypted with tls.passphrase', 'Correct `passphrase`.']
    throw lokstraError(E_TLS_FILE, { what: 'private key', file: path, reason, fix }, [], { cause })
  }
}

function checkDates(certificate: X509Certificate, file: string): X509Certificate {
  const now = Date.now()
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  if (to <= now) throw lokstraError(E_TLS_DATES, { file, problem: `expired on ${new Date(to).toISOString()}` })
  if (from > now) throw lokstraError(E_TLS_DATES, { file, problem: `is valid from ${new Date(from).toISOString()} on` })
  return certificate
}

/** What OpenSSL itself refuses: keys that are too weak, a damaged chain behind a good certificate. */
function checkContext(context: SecureContextOptions, file: string): true {
  try {
    createSecureContext(context)
    return true
  } catch (cause) {
    const reason = `cannot be used: ${(cause as Error).message}`
    throw lokstraError(E_TLS_FILE, { what: 'certificate', file, reason, fix: 'Have it issued anew.' }, [], { cause })
  }
}

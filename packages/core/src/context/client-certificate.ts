import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** The certificate that a client showed, and that one of the authorities under `tls.ca` vouches for. */
export interface ClientCertificate {
  /** Fields of the subject by their short names: `CN`, `O`, `OU`. Repeated ones are lists. */
  readonly subject: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The same of the authority that issued it. */
  readonly issuer: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names it is issued for, such as `DNS:worker.internal` or `URI:spiffe://shop/worker`. */
  readonly names: readonly string[]
  /** SHA-256 of the whole certificate: hexadecimal, with colons. */
  readonly fingerprint: string
  readonly validFrom: Date
  readonly validTo: Date
  /** The certificate itself, for whatever else is to be read from it. */
  readonly x509: X509Certificate
}

/** Undefined in the clear, without a certificate, and for one that no authority under `tls.ca` vouches for. */
export function readClientCertificate({ socket }: IncomingMessage): ClientCertificate | undefined {
  const { authorized, getPeerX509Certificate } = socket as Partial<TLSSocket>
  if (authorized !== true || !getPeerX509Certificate) return undefined
  const x509 = getPeerX509Certificate.call(socket)
  if (!x509) return undefined
  const { subject, issuer } = x509.toLegacyObject()
  return {
    subject: { ...subject },
    issuer: { ...issuer },
    // Values with a comma are quoted as JSON is.
    names: x509.subjectAltName?.match(/[^,"]+(?:"(?:[^"\\]|\\.)*")?/g)?.map((name) => name.trim()) ?? [],
    fingerprint: x509.fingerprint256,
    validFrom: new Date(x509.validFrom),
    validTo: new Date(x509.validTo),
    x509,
  }
}

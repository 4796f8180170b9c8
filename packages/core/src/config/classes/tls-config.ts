import { IsIn, IsNotEmpty, IsOptional, IsString } from '../../validation/class-validator.js'

/** Certificates of an address: PEM files, relative to the folder of the configuration. */
export class TlsConfig {
  /** The certificate, followed by those of intermediate authorities. */
  @IsString() @IsNotEmpty() cert!: string

  /** The private key of the certificate. */
  @IsString() @IsNotEmpty() key!: string

  /** Authorities whose certificates clients may show. Needed when clients are asked for one; default none. */
  @IsOptional() @IsString() @IsNotEmpty() ca?: string

  /** Of an encrypted key. Default none. */
  @IsOptional() @IsString() passphrase?: string

  /**
   * Whether clients are asked for a certificate: `none` (default), `request` (one that `ca` vouches for is told to handlers, any
   * other counts as none), or `require` (without a valid one there is no connection).
   */
  @IsIn(['none', 'request', 'require']) clientCertificate: 'none' | 'request' | 'require' = 'none'

  /** The oldest version of the protocol that is spoken: `TLSv1.2` (default) or `TLSv1.3`. */
  @IsIn(['TLSv1.2', 'TLSv1.3']) minVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.2'
}

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Keys and certificates made for one test run, in a temporary folder. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'lokstra-tls-'))
  /** Of the authority that signs all others unless told otherwise. */
  readonly ca = this.#authority('ca')
  /** For `localhost` and 127.0.0.1. */
  readonly server = this.issue('server', { subject: '/CN=localhost' })

  /** A certificate with its key, as `<name>.pem` and `<name>.key`. */
  issue(
    name: string,
    { subject = `/CN=${name}`, names = 'DNS:localhost,IP:127.0.0.1', by = 'ca', days = ['-days', '30'] } = {},
  ): { readonly cert: string; readonly key: string } {
    this.#openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
    this.#openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`)
    writeFileSync(this.path(`${name}.ext`), `subjectAltName=${names}\n`)
    const signer = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial']
    const output = ['-extfile', `${name}.ext`, '-out', `${name}.pem`]
    this.#openssl('x509', '-req', '-in', `${name}.csr`, ...signer, ...days, ...output)
    return { cert: this.path(`${name}.pem`), key: this.path(`${name}.key`) }
  }

  /** An authority of its own, as `<name>.pem` and `<name>.key`. */
  authority(name: string): string {
    return this.#authority(name)
  }

  /** The key of `name` again, encrypted, as `<name>.encrypted.key`. */
  encryptKey(name: string, passphrase: string): string {
    const file = `${name}.encrypted.key`
    this.#openssl('pkcs8', '-topk8', '-in', `${name}.key`, '-passout', `pass:${passphrase}`, '-out', file)
    return this.path(file)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }

  #authority(name: string): string {
    this.#openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
    const subject = ['-subj', `/CN=Test authority ${name}`, '-addext', 'basicConstraints=critical,CA:TRUE']
    this.#openssl('req', '-x509', '-new', '-key', `${name}.key`, '-days', '30', ...subject, '-out', `${name}.pem`)
    return this.path(`${name}.pem`)
  }

  #openssl(...parameters: readonly string[]): void {
    execFileSync('openssl', parameters, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

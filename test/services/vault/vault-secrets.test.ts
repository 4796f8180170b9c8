import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'

import { createServer, SecretError, Service } from '@lokstra/core'
import { AppRoleConfig, VaultConfig, VaultSecrets } from '@lokstra/services/vault'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemsOf } from '../../helpers/boot-problems.js'
import { Certificates } from '../../helpers/certificates.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { createTemporaryFolder } from '../../helpers/temporary-folder.js'
import { VaultServer } from './vault-server.js'

const read = (path: string) => `GET /v1/secret/data/${path}`
const logIn = 'POST /v1/auth/approle/login'
const renew = 'POST /v1/auth/token/renew-self'
class ShopConfig {
  @IsString() user!: string
  @IsString() password!: string
}

@Service({ name: 'Shop', config: ShopConfig, eager: true })
class Shop {
  constructor(readonly config: ShopConfig) {}
}

const appRole = Object.assign(new AppRoleConfig(), { roleId: 'shop', secretId: 'shop-secret-id' })

describe('secrets from Vault', () => {
  let vault: VaultServer
  const opened: VaultSecrets[] = []
  beforeEach(async () => {
    vault = await VaultServer.start()
    vault.secrets.set('secret/data/shop/db', { user: 'shop', password: 'p@ss: "x" # {y}\n${Z}' })
  })
  afterEach(async () => {
    for (const provider of opened.splice(0)) await provider.close()
    await vault[Symbol.asyncDispose]()
  })

  function open(config: Partial<VaultConfig>, folder = process.cwd()): { get(key: string): Promise<string> } {
    const complete = Object.assign(new VaultConfig(), { address: vault.address, retries: 1, ...config })
    const provider = new VaultSecrets(complete)
    opened.push(provider)
    return {
      get: (key) => provider.get(key, { folder, env: {}, signal: AbortSignal.timeout(15_000), hide: () => undefined }),
    }
  }

  it('reach the typed configuration of a service unchanged, each secret read once', async () => {
    await using folder = await createAppFolder(
      {
        'lokstra.yaml': `secrets:
  vault: { type: vault, address: '${vault.address}', token: '\${secret:env:VAULT_TOKEN}' }
services:
  shop: { type: Shop, password: '\${secret:vault:shop/db#password}', user: '\${secret:vault:shop/db#user}' }
`,
      },
      ['@lokstra/core', '@lokstra/services'],
    )
    const env = { VAULT_TOKEN: vault.createToken() }
    const server = createServer({ file: join(folder.path, 'lokstra.yaml'), env, services: [Shop, silentLogger] })
    await server.start({ listen: false })
    expect(server.get(Shop).config).to.include({ user: 'shop', password: 'p@ss: "x" # {y}\n${Z}' })
    await server.stop()
    expect(vault.count(read('shop/db'))).to.equal(1)
  })

  it('take the only field of a secret when the key names none, and other values as JSON', async () => {
    vault.secrets.set('secret/data/one', { 'the field': 'alone' })
    vault.secrets.set('secret/data/other', { port: 5432, account: { id: 7 } })
    const secrets = open({ token: vault.createToken() })
    expect(await secrets.get('one')).to.equal('alone')
    expect(await secrets.get('other#port')).to.equal('5432')
    expect(await secrets.get('other#account')).to.equal('{"id":7}')
  })

  it('sends the namespace, and encodes what stands in a path', async () => {
    vault.secrets.set('secret/data/a b/ü?', { x: '1234' })
    expect(await open({ token: vault.createToken(), namespace: 'team/a' }).get('a b/ü?#x')).to.equal('1234')
    expect(new Set(vault.namespaces)).to.deep.equal(new Set(['team/a']))
  })

  describe('tokens', () => {
    it('are renewed before their lease ends', async () => {
      const secrets = open({ token: vault.createToken({ ttlSeconds: 1 }) })
      await secrets.get('shop/db#user')
      await until(() => vault.count(renew) >= 3)
      expect(await secrets.get('shop/db#user')).to.equal('shop')
    })

    it('are replaced by a login when Vault renews them no more, or their maximum is near', async () => {
      for (const options of [
        { ttlSeconds: 1, renewable: false },
        { ttlSeconds: 2, maxTtlSeconds: 2 },
      ]) {
        vault.appRole = options
        const before = vault.count(logIn)
        const secrets = open({ appRole })
        await secrets.get('shop/db#user')
        await until(() => vault.count(logIn) >= before + 3)
        expect(await secrets.get('shop/db#user')).to.equal('shop')
      }
    }).timeout(30_000)

    it('are revoked when they are needed no more, if they were made for it', async () => {
      const given = open({ token: vault.createToken() })
      const made = open({ appRole })
      for (const secrets of [given, made]) expect(await secrets.get('shop/db#user')).to.equal('shop')
      for (const provider of opened.splice(0)) await provider.close()
      expect(vault.count('POST /v1/auth/token/revoke-self')).to.equal(1)
      expect(await given.get('shop/db#user')).to.equal('shop')
      await open({ appRole }).get('shop/db#user')
      vault.sealed = true
      for (const provider of opened.splice(0)) await provider.close()
    })

    it('are replaced by one login for all when they are revoked', async () => {
      const secrets = open({ appRole })
      await secrets.get('shop/db#user')
      vault.revokeAll()
      vault.secrets.set('secret/data/two', { a: 'aaaa' })
      const values = await Promise.all(['shop/db#user', 'two#a', 'shop/db#password'].map((key) => secrets.get(key)))
      expect(values.slice(0, 2)).to.deep.equal(['shop', 'aaaa'])
      expect(vault.count(logIn)).to.equal(2)
    })

    it('are read again from their file when they are revoked', async () => {
      await using folder = await createAppFolder({ token: `${vault.createToken()}\n` })
      const secrets = open({ tokenFile: 'token' }, folder.path)
      await secrets.get('shop/db#user')
      vault.revokeAll()
      await writeFile(join(folder.path, 'token'), vault.createToken())
      expect(await secrets.get('shop/db#user')).to.equal('shop')
    })

    it('that are refused are told apart from logins that are', async () => {
      expect(await failure(open({ token: 'hvs.gone' }), 'shop/db')).to.match(
        /refused the token \(403: permission denied\)/,
      )
      const wrong = Object.assign(new AppRoleConfig(), appRole, { secretId: 'stale' })
      expect(await failure(open({ appRole: wrong }), 'shop/db')).to.match(/refused the login with AppRole \(400/)
      expect(await failure(open({ tokenFile: 'no-such-file' }), 'shop/db')).to.match(/tokenFile cannot be read/)
    })
  })

  describe('that cannot be read', () => {
    it('are explained by what Vault answered', async () => {
      vault.secrets.set('secret/data/gone', 'deleted')
      vault.secrets.set('kv1/data/old', { a: '1' })
      const secrets = open({ token: vault.createToken() })
      expect(await failure(secrets, 'nowhere#x')).to.equal('there is no secret nowhere in secret')
      expect(await failure(secrets, 'gone#x')).to.equal('its latest version was deleted')
      expect(await failure(secrets, 'forbidden#x')).to.equal('Vault does not allow it (403)')
      expect(await failure(secrets, 'shop/db#pass')).to.equal('the secret has no field pass')
      expect(await failure(secrets, 'shop/db')).to.equal('it does not say which field')
      expect(await failure(secrets, '../sys/seal#x')).to.equal('the key names no secret')
      const v1 = open({ token: vault.createToken(), mount: 'kv1' })
      expect(await failure(v1, 'old#a')).to.equal('the answer is not that of a KV engine of version 2')
    })

    it('are tried again a few times where that may help', async () => {
      const secrets = open({ token: vault.createToken(), retries: 2 })
      let failures = 2
      vault.intrude = (request, response) => {
        if (failures-- <= 0) return false
        if (failures === 1) request.socket.destroy()
        else response.writeHead(429).end()
        return true
      }
      expect(await secrets.get('shop/db#user')).to.equal('shop')
      vault.sealed = true
      const before = vault.count(read('shop/db'))
      expect(await failure(secrets, 'shop/db#user')).to.match(/^the Vault at .+ is sealed$/)
      expect(vault.count(read('shop/db')) - before).to.equal(3)
    })

    it('are given up when the server is slow, cut off in the middle, or is no Vault', async () => {
      const secrets = open({ token: vault.createToken(), retries: 0, requestTimeout: 100 })
      vault.intrude = () => true
      expect(await failure(secrets, 'shop/db#user')).to.match(/did not answer within 100 ms/)
      vault.intrude = (_, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"data"')
        setTimeout(() => response.destroy(), 10)
        return true
      }
      expect(await failure(secrets, 'shop/db#user')).to.match(/the connection was cut off/)
      vault.intrude = (_, response) => !!response.end('<html>Please sign in</html>')
      expect(await failure(secrets, 'shop/db#user')).to.match(/answered 200 and no JSON object/)
      vault.intrude = (_, response) => !!response.end('[1]')
      expect(await failure(secrets, 'shop/db#user')).to.match(/answered 200 and no JSON object/)
    })

    it('name the address when nobody listens there', async () => {
      const closed = createTcpServer().listen(0, '127.0.0.1')
      await once(closed, 'listening')
      const address = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
      closed.close()
      expect(await failure(open({ address, token: 'x' }), 'a#b')).to.contain(`${address} cannot be reached`)
    })
  })

  it('come over TLS from a server whose authority is named, and from no other', async () => {
    const certificates = new Certificates()
    try {
      const { key, cert } = certificates.server
      await using tls = await VaultServer.start({ key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') })
      tls.secrets.set('secret/data/a', { b: 'from tls' })
      const config = { address: tls.address, token: tls.createToken() }
      expect(await open({ ...config, ca: certificates.ca }).get('a#b')).to.equal('from tls')
      expect(await failure(open(config), 'a#b')).to.match(/no safe connection/)
      expect(await failure(open({ ...config, ca: 'none.pem' }), 'a#b')).to.match(/ca cannot be read/)
    } finally {
      certificates.remove()
    }
  })

  it('trust the authority that its file names now, also when it could not be read before', async () => {
    const certificates = new Certificates()
    await using folder = await createTemporaryFolder()
    try {
      const { key, cert } = certificates.server
      await using tls = await VaultServer.start({ key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') })
      for (const path of ['a', 'c', 'd']) tls.secrets.set(`secret/data/${path}`, { b: `of ${path}` })
      const secrets = open({ address: tls.address, token: tls.createToken(), ca: 'ca.pem' }, folder.path)
      expect(await failure(secrets, 'a#b')).to.match(/ca cannot be read/)
      await copyFile(certificates.ca, join(folder.path, 'ca.pem'))
      expect(await secrets.get('a#b')).to.equal('of a')
      await writeFile(join(folder.path, 'ca.pem'), rootCertificates[0]!)
      expect(await failure(secrets, 'c#b')).to.match(/no safe connection/)
      await copyFile(certificates.ca, join(folder.path, 'ca.pem'))
      expect(await secrets.get('d#b')).to.equal('of d')
    } finally {
      certificates.remove()
    }
  })

  it('need exactly one way to log in, and an address', async () => {
    await using folder = await createAppFolder(
      {
        'lokstra.yaml':
          'secrets: { a: { type: vault, address: "http://v" }, b: { type: vault, address: v, token: x } }\n',
      },
      ['@lokstra/core', '@lokstra/services'],
    )
    const problems = await problemsOf({ file: join(folder.path, 'lokstra.yaml') })
    expect(problems.map(({ code, where }) => [code, where[0]?.replace(/^.*:(\d+:\d+)$/, '$1')])).to.deep.equal([
      ['E_SECRET_PROVIDER_FAILED', '1:15'],
      ['E_CONFIG_VALUE_INVALID', '1:80'],
    ])
  })
})

async function failure(secrets: { get(key: string): Promise<string> }, key: string): Promise<string> {
  const error: unknown = await secrets.get(key).catch((thrown: unknown) => thrown)
  expect(error).to.be.instanceOf(SecretError)
  expect((error as SecretError).fix).to.match(/\.$/)
  return (error as SecretError).message
}

/** Polls; the test's own time limit ends it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(20)
}

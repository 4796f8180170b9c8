import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'

import { expect } from 'chai'

import { Certificates } from '../../../helpers/certificates.js'
import { VaultServer } from '../../../services/vault/vault-server.js'
import { describeFailure } from './describe-failure.js'
import type { KeyCases } from './key-case.js'
import { probe, probeApp, startYaml, type YamlServer, type YamlServerOptions } from './yaml-server.js'

/** A server whose prefix is a secret: what it answers at tells what the secret is. */
function start(provider: string, key: string, options: YamlServerOptions = {}): Promise<YamlServer> {
  const yaml = probeApp(`prefix: '/\${secret:own:${key}}'`, `secrets: { own: { ${provider} } }`)
  return startYaml(yaml, { ...options, code: { ...probe, ...options.code } })
}

async function expectSecret(starting: Promise<YamlServer>, secret: string): Promise<void> {
  await using server = await starting
  expect((await server.request(`/${secret}/probe`)).status).to.equal(200)
}

async function withVault(
  work: (vault: VaultServer, provider: (keys: string) => string) => Promise<void>,
  tls?: { key: string; cert: string },
): Promise<void> {
  await using vault = await VaultServer.start(tls)
  vault.secrets.set('secret/data/place', { value: 'hidden' })
  vault.secrets.set('secret/team/data/place', { value: 'hidden' })
  await work(vault, (keys) => `type: vault, address: '${vault.address}', ${keys}`)
}

const key = 'place#value'
const refused = (request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(503).end()
  return request.url !== undefined
}

export const secretKeys: KeyCases = {
  async 'ServerConfig.secrets'() {
    await expectSecret(start('type: env', 'PLACE', { code: { env: { PLACE: 'hidden' } } }), 'hidden')
  },
  async 'secrets.file.dir'() {
    await expectSecret(start('type: file, dir: mounted', 'place', { files: { 'mounted/place': 'hidden\n' } }), 'hidden')
  },
  async 'secrets.exec.command'() {
    await expectSecret(start(`type: exec, command: ['${process.execPath}', -p, '"{key}" + 1']`, 'hidden'), 'hidden1')
  },
  async 'secrets.timeout'() {
    const provider = `type: exec, timeout: 100ms, command: ['${process.execPath}', -e, 'setInterval(() => 0, 1000)']`
    expect(await describeFailure(start(provider, 'place'))).to.match(/place.*100 ?ms/)
  },

  'secrets.vault.address': () =>
    withVault(async (vault, provider) => {
      await expectSecret(start(provider(`token: ${vault.createToken()}`), key), 'hidden')
      expect(vault.count('GET /v1/secret/data/place')).to.equal(1)
    }),
  'secrets.vault.mount': () =>
    withVault(async (vault, provider) => {
      await expectSecret(start(provider(`token: ${vault.createToken()}, mount: secret/team`), key), 'hidden')
      expect(vault.count('GET /v1/secret/team/data/place')).to.equal(1)
    }),
  'secrets.vault.namespace': () =>
    withVault(async (vault, provider) => {
      await expectSecret(start(provider(`token: ${vault.createToken()}, namespace: shop/eu`), key), 'hidden')
      expect(vault.namespaces).to.include('shop/eu')
    }),
  'secrets.vault.token': () =>
    withVault(async (_, provider) => {
      expect(await describeFailure(start(provider('token: wrong'), key))).to.match(/token/)
    }),
  'secrets.vault.tokenFile': () =>
    withVault(async (vault, provider) => {
      await expectSecret(
        start(provider('tokenFile: ./token'), key, { files: { token: vault.createToken() } }),
        'hidden',
      )
    }),
  'AppRoleConfig.roleId': () =>
    withVault(async (_, provider) => {
      await expectSecret(start(provider('appRole: { roleId: shop, secretId: shop-secret-id }'), key), 'hidden')
      expect(
        await describeFailure(start(provider('appRole: { roleId: other, secretId: shop-secret-id }'), key)),
      ).to.match(/E_SECRET/)
    }),
  'AppRoleConfig.secretId': () =>
    withVault(async (_, provider) => {
      expect(await describeFailure(start(provider('appRole: { roleId: shop, secretId: other }'), key))).to.match(
        /E_SECRET/,
      )
    }),
  'AppRoleConfig.mount': () =>
    withVault(async (vault, provider) => {
      const appRole = 'appRole: { roleId: shop, secretId: shop-secret-id, mount: machines }, retries: 0'
      expect(await describeFailure(start(provider(appRole), key))).to.match(/E_SECRET/)
      expect(vault.count('POST /v1/auth/machines/login')).to.equal(1)
    }),
  'secrets.vault.requestTimeout': () =>
    withVault(async (vault, provider) => {
      vault.intrude = () => true
      const provided = provider(`token: ${vault.createToken()}, retries: 0, requestTimeout: 100ms`)
      expect(await describeFailure(start(provided, key))).to.match(/100 ?ms/)
    }),
  'secrets.vault.retries': () =>
    withVault(async (vault, provider) => {
      vault.intrude = refused
      for (const retries of [0, 1]) {
        vault.requests.length = 0
        await describeFailure(start(provider(`token: ${vault.createToken()}, retries: ${retries}`), key))
        const [first = ''] = vault.requests
        expect(vault.count(first)).to.equal(retries + 1)
      }
    }),
  async 'secrets.vault.ca'() {
    const certificates = new Certificates()
    try {
      const tls = {
        key: readFileSync(certificates.server.key, 'utf8'),
        cert: readFileSync(certificates.server.cert, 'utf8'),
      }
      await withVault(async (vault, provider) => {
        const token = `token: ${vault.createToken()}, retries: 0`
        await expectSecret(start(provider(`${token}, ca: '${certificates.ca}'`), key), 'hidden')
        expect(await describeFailure(start(provider(token), key))).to.match(/certificate/)
      }, tls)
    } finally {
      certificates.remove()
    }
  },
}

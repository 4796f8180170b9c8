import { createServer, Duration, Field, Service, type Configuration } from '@lokstra/core'
import { expect } from 'chai'
import { IsBoolean, IsIn, IsInt, IsObject, IsString } from 'class-validator'

import { createAppFolder } from '../../helpers/app-folder.js'

class MailConfig {
  @IsString() from = 'shop@example.com'
  @IsInt() retries = 3
  @IsBoolean() html = false
  @Field({ type: () => Number }) @IsInt({ each: true }) ports: number[] = [25]
  @Duration() @IsInt() timeout = 1_000
  @IsIn([1, 2]) version: 1 | 2 = 1
}

@Service({ config: MailConfig })
class Mailer {}

/** The configuration of a server whose `mail` is a Mailer, with values as `--set` gives them. */
async function configuration(...set: string[]): Promise<Configuration> {
  const yaml = 'services: { mail: { type: Mailer } }\napps: [{ name: api }]\n'
  await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, [])
  return await createServer({ file: folder.path, services: [Mailer], set, env: {} }).configuration()
}

describe('the configuration that is shown', () => {
  it('names the placeholders of all that is below a path, each once', async () => {
    const yaml =
      'services: { mail: { type: Mailer, from: "${FROM:a}", ports: ["${PORT}", "${PORT}"] } }\napps: [{ name: api }]\n'
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, [])
    const shown = await createServer({ file: folder.path, services: [Mailer], env: { PORT: '25' } }).configuration()
    const port = { text: '${PORT}', source: 'the variable PORT of the environment' }
    expect(shown.explain('services.mail.ports').placeholders).to.deep.equal([port])
    const from = { text: '${FROM:…}', source: 'the default, since the variable FROM is not set' }
    expect(shown.explain('services').placeholders).to.deep.equal([from, port])
    expect(shown.explain('apps.api.limits').placeholders).to.deep.equal([])
  })

  it('never shows the default of a placeholder, which may be a secret', async () => {
    const yaml = `name: '\${URL:pg://me:hunter2@db/shop}'
apps: [{ name: api }]
services: { mail: { type: Mailer, from: "\${PASSWORD:hunter2}" } }
`
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, [])
    const shown = await createServer({ file: folder.path, services: [Mailer], env: {} }).configuration()
    const [url] = shown.explain('name').placeholders
    expect(url).to.deep.equal({ text: '${URL:…}', source: 'the default, since the variable URL is not set' })
    expect(shown.explain('services.mail.from').placeholders[0]!.text).to.equal('${PASSWORD:…}')
    expect(JSON.stringify(shown.explain('name'))).not.to.include('hunter2')
  })

  it('hides secrets by what their keys are called, several in a list too, and in the query of a URL', async () => {
    class KeysConfig {
      @IsObject() value: object = {}
    }
    @Service({ name: 'keys', config: KeysConfig })
    class Keys {}
    const shown = {
      limits: { keys: 5, maxTokens: 500, unknownKeys: 'drop' },
      query: ['https://shop/reset?token={token}', 'https://shop/?token=&page=2', 'pg://db/shop?user=app&key=${KEY}'],
    }
    const hidden = {
      passwords: ['hunter2'],
      apiKeys: { pay: 'hunter2' },
      dbCredentials: { user: 'hunter2' },
      clientSecrets: 'hunter2',
      pin: { password: 83920147 },
      appRole: { secretId: 'hunter2' },
      url: ['postgres://db/shop?user=app&password=hunter2', 'https://a?x=1&api_key=hunter2#top'],
    }
    const secrets = { mine: { type: 'file', dir: 'kept' } }
    const config = {
      secrets,
      services: { own: { type: 'keys', value: { ...shown, ...hidden } } },
      apps: [{ name: 'api' }],
    }
    const configuration = await createServer({ services: [Keys], config }).configuration()
    expect(configuration.valueAt('services.own.value')).to.deep.equal({
      ...shown,
      passwords: ['***'],
      apiKeys: { pay: '***' },
      dbCredentials: { user: '***' },
      clientSecrets: '***',
      pin: { password: '***' },
      appRole: { secretId: '***' },
      url: ['postgres://db/shop?user=app&password=***', 'https://a?x=1&api_key=***#top'],
    })
    expect(configuration.valueAt('secrets')).to.deep.include({ mine: { type: 'file', dir: 'kept' } })
  })

  it('holds what the classes make of text', async () => {
    const shown = await configuration(
      'services.mail.retries=5',
      'services.mail.html=true',
      'services.mail.version=2',
      'services.mail.ports=25, 465',
      'services.mail.timeout=5s',
      'apps.api.limits.depth=7',
      'apps.api.http2=false',
    )
    expect(shown.valueAt('services.mail')).to.deep.equal({
      type: 'Mailer',
      from: 'shop@example.com',
      retries: 5,
      html: true,
      ports: [25, 465],
      timeout: '5s',
      version: 2,
    })
    expect(shown.valueAt('apps.api.limits.depth')).to.equal(7)
    expect(shown.valueAt('apps.api.http2')).to.equal(false)
  })

  it('explains a value down to its default, which counts where nothing is written', async () => {
    const layersOf = (shown: Configuration, path: string) =>
      shown.explain(path).layers.map(({ layer, value, counts }) => [layer, value, counts])
    const shown = await configuration('services.mail.retries=5')
    expect(layersOf(shown, 'services.mail.retries')).to.deep.equal([
      ['defaults', 3, false],
      ['options', '5', true],
    ])
    expect(layersOf(shown, 'services.mail.from')).to.deep.equal([['defaults', 'shop@example.com', true]])
    expect(layersOf(shown, 'apps.api.limits.depth')).to.deep.equal([['defaults', 32, true]])
    expect(layersOf(shown, 'apps.api.tls')).to.deep.equal([])
  })

  it('takes part in a map by the layers and by its defaults', async () => {
    const { layers } = (await configuration('apps.api.timeouts.request=1s')).explain('apps.api.timeouts')
    expect(layers.map(({ layer, counts }) => [layer, counts])).to.deep.equal([
      ['defaults', true],
      ['options', true],
    ])
    expect(layers[1]!.value).to.deep.equal({ request: '1s' })
  })
})

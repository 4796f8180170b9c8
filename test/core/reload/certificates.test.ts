import { once } from 'node:events'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'

import { expect } from 'chai'

import { Certificates } from '../../helpers/certificates.js'
import { startLive, type LiveServer } from '../../helpers/live-config.js'

describe('the certificate of a running server', () => {
  let certificates: Certificates
  before(() => {
    certificates = new Certificates()
    certificates.issue('first', { subject: '/CN=first' })
    certificates.issue('second', { subject: '/CN=second' })
  })
  after(() => certificates.remove())

  /** The name in the certificate that a new connection gets. */
  async function subject(live: LiveServer): Promise<string> {
    const port = Number(new URL(live.test.url()).port)
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { subject: found } = socket.getPeerCertificate()
    socket.destroy()
    return String(found.CN)
  }

  const yaml = (name: string, folder: string, watch = false) =>
    `reload: { watch: ${watch} }
apps: [{ name: app, tls: { cert: ${folder}/${name}.pem, key: ${folder}/${name}.key } }]`

  it('changes with its configuration, and the old one stays where the new one cannot be used', async () => {
    const { folder } = certificates
    await using live = await startLive(yaml('first', folder))
    expect(await subject(live)).to.equal('first')
    const report = await live.change(yaml('second', folder))
    expect(report).to.deep.include({ applied: ['apps.app.tls.cert', 'apps.app.tls.key'], needsRestart: [] })
    expect(await subject(live)).to.equal('second')

    const refused = await live.change(yaml('second', folder).replace('second.key', 'first.key'))
    expect(refused.problems.map(({ code }) => code)).to.deep.equal(['E_TLS_KEY'])
    expect(await subject(live)).to.equal('second')
  })

  it('changes with its files, and the connections that are open stay', async () => {
    await using live = await startLive(yaml('first', certificates.folder))
    const put = async (name: string) => {
      for (const end of ['pem', 'key'])
        await copyFile(certificates.path(`${name}.${end}`), join(live.folder, `it.${end}`))
    }
    await put('first')
    await live.change(yaml('it', live.folder, true))
    const open = connect({ port: Number(new URL(live.test.url()).port), host: '127.0.0.1', rejectUnauthorized: false })
    await once(open, 'secureConnect')
    await put('second')
    for (let tries = 0; (await subject(live)) !== 'second'; tries++) {
      if (tries > 500) throw new Error('The new certificate is not used')
      await delay(20)
    }
    open.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    const [answer] = (await once(open, 'data')) as [Buffer]
    expect(answer.toString()).to.match(/^HTTP\/1.1 404/)
    open.destroy()
    const { applied } = live.test.logs.find(({ message }) => message === 'configuration reloaded')!.fields
    expect(applied).to.deep.equal(['apps.app.tls.cert', 'apps.app.tls.key', 'reload.watch'])
  })

  it('needs a restart where there was none', async () => {
    await using live = await startLive('apps: [{ name: app }]')
    expect((await live.change(yaml('first', certificates.folder))).needsRestart).to.deep.equal(['apps.app.tls'])
    await writeFile(join(live.folder, 'lokstra.yaml'), 'apps: [{ name: app }]')
    expect((await live.test.server.reload()).needsRestart).to.deep.equal([])
  })
})

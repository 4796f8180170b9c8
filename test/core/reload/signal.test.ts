import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { ChildServer } from '../../helpers/child-server.js'

const yaml = (keys: number | string) => `apps: [{ name: api, listen: '127.0.0.1:0', limits: { keys: ${keys} } }]`

describe('SIGHUP', () => {
  it('has a server without a terminal read its configuration again, and nothing else', async () => {
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml(5) })
    const file = join(folder.path, 'lokstra.yaml')
    await using server = await ChildServer.start('live-server.js', { CONFIG: file })
    const keys = async () =>
      ((await (await fetch(`${server.url}/limits`)).json()) as { data: { keys: number } }).data.keys
    expect(await keys()).to.equal(5)

    await writeFile(file, yaml(6))
    server.kill('SIGHUP')
    await server.until(/configuration reloaded/)
    expect(await keys()).to.equal(6)

    await writeFile(file, yaml('many'))
    server.kill('SIGHUP')
    await server.until(/configuration refused/)
    expect(await keys()).to.equal(6)

    server.kill('SIGHUP')
    await server.until(/"outcome":"refused"[^]*"outcome":"refused"/)
    await writeFile(file, yaml(6))
    server.kill('SIGHUP')
    await server.until(/"outcome":"unchanged"/)

    server.kill('SIGTERM')
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
  })
})

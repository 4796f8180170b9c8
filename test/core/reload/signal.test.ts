import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { ChildServer } from '../../helpers/child-server.js'
import { isRunning } from '../../helpers/is-running.js'
import { poll } from '../../helpers/poll.js'
import { spawnOnTerminal } from '../../helpers/terminal.js'

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

  it('has a server that starts read its configuration again once it is ready', async () => {
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml(5) })
    const CONFIG = join(folder.path, 'lokstra.yaml')
    await using server = await ChildServer.start('live-server.js', {
      CONFIG,
      NEXT_CONFIG: yaml(6),
      NODE_ENV: 'production',
    })
    await server.until(/"server ready"[^]*"signal":"SIGHUP"[^]*"outcome":"applied"/)
    const { data } = (await (await fetch(`${server.url}/limits`)).json()) as { data: { keys: number } }
    expect(data.keys).to.equal(6)
  })

  it('has a server stop in good order when its terminal is closed', async function () {
    if (process.platform !== 'linux') this.skip()
    await using folder = await createAppFolder({ output: '' })
    const [output, pid] = [join(folder.path, 'output'), join(folder.path, 'pid')]
    const said = () => readFileSync(output, 'utf8')
    const script = fileURLToPath(new URL('../../fixtures/servers/load-server.js', import.meta.url))
    const terminal = spawnOnTerminal(`echo $$ > '${pid}'; exec '${process.execPath}' '${script}' > '${output}' 2>&1`)
    try {
      await poll(() => said().includes('listening'), said)
      terminal.kill('SIGKILL')
      await poll(() => !isRunning(Number(readFileSync(pid, 'utf8'))), said)
      expect(said())
        .to.match(/"signal":"SIGHUP".*"server stopping"/)
        .and.include('store stopped')
    } finally {
      terminal.kill('SIGKILL')
      const left = Number(readFileSync(pid, 'utf8'))
      if (isRunning(left)) process.kill(left, 'SIGKILL')
    }
  })
})

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'
import { createTemporaryFolder } from '../../helpers/temporary-folder.js'

const start = (DESTINATION: string, FORMAT = 'json') => ChildServer.start('log-file-server.js', { DESTINATION, FORMAT })

const answerOf = async (server: ChildServer, path: string) => (await fetch(server.url + path)).status

describe('a log on a full disk', () => {
  before(function () {
    if (!existsSync('/dev/full')) this.skip()
  })

  for (const format of ['json', 'pretty']) {
    it(`costs its lines and no request, and the server stops in good order: ${format}`, async () => {
      await using server = await start('/dev/full', format)
      expect(await answerOf(server, '/greet/ann')).to.equal(200)
      expect(await answerOf(server, '/greet/bob')).to.equal(200)
      server.kill('SIGTERM')
      expect(await server.exit).to.deep.equal({ code: 0, signal: null })
      expect(server.output).to.include('store stopped')
      expect(server.output.match(/log destination fails/g)).to.have.length(1)
      expect(server.output).to.include('"destination":"/dev/full","code":"ENOSPC"').and.not.include('works again')
    })
  }

  it('does not keep an error that nobody catches from stopping the server in good order', async () => {
    await using server = await start('/dev/full')
    expect(await answerOf(server, '/throw-later')).to.equal(200)
    expect(await server.exit).to.deep.equal({ code: 1, signal: null })
    expect(server.output).to.include('store stopped')
  })
})

describe('a log file that cannot grow for a while', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip()
  })

  it('goes on with whole lines, and standard error hears how many are lost', async () => {
    await using folder = await createTemporaryFolder()
    const file = join(folder.path, 'app.log')
    await using server = await start(file)
    const limitFiles = (size: number | 'unlimited') =>
      execFileSync('prlimit', ['--pid', String(server.process.pid), `--fsize=${size}:`])

    expect(await answerOf(server, '/greet/before')).to.equal(200)
    // In the middle of the next line.
    limitFiles(readFileSync(file).length + 10)
    for (const name of ['first', 'second', 'third']) expect(await answerOf(server, `/greet/${name}`)).to.equal(200)
    await server.until(/log destination fails/)
    limitFiles('unlimited')
    expect(await answerOf(server, '/greet/after')).to.equal(200)
    await server.until(/log destination works again/)
    server.kill('SIGTERM')
    expect((await server.exit).code).to.equal(0)

    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const paths = lines.map((line) => JSON.parse(line) as { msg: string; path?: string })
    expect(paths.filter(({ msg }) => msg === 'request').map(({ path }) => path)).to.deep.equal([
      '/greet/before',
      '/greet/after',
    ])
    // Two of each request, without the first one, which the file has kept.
    expect(/"lost":(\d+)/.exec(server.output)![1]).to.equal('5')
  })
})

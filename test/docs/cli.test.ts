import { symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { readConsoleSteps } from '../helpers/console-blocks.js'
import { lokstra, runProgram } from '../helpers/lokstra.js'
import { readProse } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder } from '../helpers/temporary-folder.js'

const page = join(repositoryRoot, 'docs/cli.md')
const compiler = join(repositoryRoot, 'node_modules/typescript-7/bin/tsc')

describe('the page about the command line', function () {
  this.timeout(60_000)

  it('shows what its commands print, from the first project on', async () => {
    await using folder = await createTemporaryFolder()
    const shop = join(folder.path, 'shop')
    const [init, ...steps] = readConsoleSteps(page)
    const run = (cwd: string, line: string) => lokstra(cwd, ...line.split(' ').slice(1))
    expect(await run(folder.path, init!.command)).to.deep.equal({ code: 0, stdout: `${init!.output}\n`, stderr: '' })
    await symlink(join(repositoryRoot, 'node_modules'), join(shop, 'node_modules'))
    expect(await runProgram(process.execPath, [compiler], { cwd: shop })).to.include({ code: 0, stdout: '' })
    expect(steps.map(({ command }) => command.split(' ')[1])).to.deep.equal(['new', 'new', 'routes'])
    for (const { command, output, line } of steps)
      expect((await run(shop, command)).stdout.trimEnd(), `docs/cli.md:${line}`).to.equal(output)
  })

  it('names every command, in its table', async () => {
    const commands = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await lokstra(repositoryRoot, ...words, '--help')
      const found = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[options\])?(?: [<[].*?[\]>])*(?: {2}|$)/gm)]
      return found.map(([, name]) => [...words, name].join(' ')).filter((name) => !/(?:^| )help$/.test(name))
    }
    const all = await commands()
    const nested = await Promise.all(
      ['config', 'contract', 'topology', 'why'].filter((name) => all.includes(name)).map((name) => commands(name)),
    )
    const table = readProse(page).join('\n').split('exit code')[0]!
    const missing = [
      ...all.filter((name) => !/^(?:config|contract|topology|why)$/.test(name)),
      ...nested.flat(),
    ].filter((name) => !table.includes(`lokstra ${name}\``))
    expect(missing).to.deep.equal([])
  })
})

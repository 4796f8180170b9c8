import { symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { readConsoleSteps } from '../helpers/console-blocks.js'
import { lokstra } from '../helpers/lokstra.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder } from '../helpers/temporary-folder.js'

const page = join(repositoryRoot, 'docs/development.md')

describe('the page about development', function () {
  this.timeout(60_000)

  it('shows what its commands print in a new project', async () => {
    await using folder = await createTemporaryFolder()
    const shop = join(folder.path, 'shop')
    expect(await lokstra(folder.path, 'init', 'shop', '--yes', '--no-install', '--no-git')).to.include({ code: 0 })
    await symlink(join(repositoryRoot, 'node_modules'), join(shop, 'node_modules'))
    expect(await lokstra(shop, 'build')).to.include({ code: 0, stderr: '' })
    const steps = readConsoleSteps(page)
    expect(steps).to.have.length(3)
    for (const { command, output, line } of steps) {
      const { stdout } = await lokstra(shop, ...command.split(' ').slice(1))
      expect(stdout.trimEnd(), `docs/development.md:${line}`).to.equal(output)
    }
  })
})

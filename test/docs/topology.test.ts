import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { createTopologyApp, users } from '../cli/topology-app.js'
import { readConsoleSteps } from '../helpers/console-blocks.js'
import { lokstra } from '../helpers/lokstra.js'
import { repositoryRoot } from '../helpers/repository.js'

describe('the pages about topology and contracts', function () {
  this.timeout(60_000)

  for (const [page, count] of [
    ['topology.md', 2],
    ['contracts.md', 2],
  ] as const) {
    it(`show what commands print: ${page}`, async () => {
      await using app = await createTopologyApp()
      const steps = readConsoleSteps(join(repositoryRoot, 'docs', page))
      expect(steps).to.have.length(count)
      for (const { command, output, line } of steps) {
        if (command === 'lokstra contract check') {
          const changed = users.replace('{ id: Number, name: String }', '{ id: String, mail: String, name: String }')
          await writeFile(join(app.path, 'dist/users.js'), changed)
        }
        const { stdout, stderr } = await lokstra(app.path, ...command.split(' ').slice(1))
        expect(`${stdout}${stderr}`.trimEnd(), `docs/${page}:${line}`).to.equal(output)
      }
    })
  }
})

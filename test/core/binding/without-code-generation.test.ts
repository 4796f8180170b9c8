import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { repositoryRoot } from '../../helpers/repository.js'

const flag = '--disallow-code-generation-from-strings'
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')

/** Their expectations are about outcomes, which do not depend on the engine. */
const suites = ['bind', 'bind-object', 'body', 'text-sources']

describe('binding where code generation is forbidden', () => {
  it('gives the same outcomes', () => {
    const files = suites.map((name) => fileURLToPath(new URL(`${name}.test.js`, import.meta.url)))
    const { status, stdout, stderr } = spawnSync(process.execPath, [flag, mocha, '--reporter', 'dot', ...files], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    })
    expect(status, stdout + stderr).to.equal(0)
  }).timeout(120_000)
})

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { repositoryRoot } from '../../../helpers/repository.js'

const flag = '--disallow-code-generation-from-strings'
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')

/** Their expectations are about what crosses, which does not depend on how. */
const suites = ['round-trip', 'refused-values', 'errors', 'instances']

describe('calls where code generation is forbidden', () => {
  it('carry the same and refuse the same', () => {
    const files = suites.map((name) => fileURLToPath(new URL(`${name}.test.js`, import.meta.url)))
    const { status, stdout, stderr } = spawnSync(process.execPath, [flag, mocha, '--reporter', 'dot', ...files], {
      cwd: repositoryRoot,
      encoding: 'utf8',
      env: { ...process.env, CODEC_CLASSES: '30' },
      timeout: 110_000,
    })
    expect(status, stdout + stderr).to.equal(0)
  }).timeout(120_000)
})

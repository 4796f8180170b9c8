import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { repositoryRoot } from '../../helpers/repository.js'

const flag = '--disallow-code-generation-from-strings'
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')

/** Only where code may be generated: the child finds this file's neighbours, not this file. */
describe('validation where code generation is forbidden', () => {
  it('gives class-validator’s results by interpretation', () => {
    const files = ['decorators', 'validate', 'late-metadata', 'differential'].map((name) =>
      fileURLToPath(new URL(`${name}.test.js`, import.meta.url)),
    )
    const { status, stdout, stderr } = spawnSync(process.execPath, [flag, mocha, '--reporter', 'spec', ...files], {
      cwd: repositoryRoot,
      env: { ...process.env, VALIDATION_CASES: '10000' },
      encoding: 'utf8',
    })
    expect(status, stdout + stderr).to.equal(0)
    expect(stdout).to.include('run without generated code').and.include('agree with class-validator on 10000')
  }).timeout(120_000)
})

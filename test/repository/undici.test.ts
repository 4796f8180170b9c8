import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { expect } from 'chai'

import { repositoryRoot } from '../helpers/repository.js'

const core = join(repositoryRoot, 'packages/core')

describe('the one module of undici that core loads', () => {
  it('is what undici itself gives out as its Pool', () => {
    const require = createRequire(join(core, 'package.json'))
    const { Pool } = require('undici') as { readonly Pool: unknown }
    expect(require('undici/lib/dispatcher/pool.js')).to.equal(Pool)
  })

  it('comes from a version that only patches replace, since undici promises nothing of its path', async () => {
    const { dependencies } = JSON.parse(await readFile(join(core, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>
    }
    expect(dependencies.undici).to.match(/^~\d+\.\d+\.\d+$/)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { repositoryFiles, repositoryRoot } from '../helpers/repository.js'

const page = readFileSync(join(repositoryRoot, 'docs/architecture.md'), 'utf8')
const sources = repositoryFiles().filter((file) => /^packages\/\w+\/src\//.test(file))

describe('the map of the code', () => {
  it('names files that exist', () => {
    const named = [...page.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file]) => file!)
    expect(named).to.have.length.above(50)
    expect(named.filter((file) => !sources.some((existing) => existing.endsWith(`/${file}`)))).to.deep.equal([])
  })

  it('has every folder of core in its tree', () => {
    const [, tree] = /```text\npackages\/core\/src\/\n([\s\S]*?)```/.exec(page)!
    const folders = sources.flatMap((file) => /^packages\/core\/src\/([\w-]+)\//.exec(file)?.[1] ?? [])
    const missing = [...new Set(folders)].filter((name) => !new RegExp(`^  ${name}/ `, 'm').test(tree!))
    expect(missing).to.deep.equal([])
  })
})

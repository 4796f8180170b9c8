import { readFileSync } from 'node:fs'

import { expect } from 'chai'

import { readExportedTypes, readExports, snapshotFile } from './read-exports.js'
import type { ExportedType } from './read-types.js'

describe('the exports of the packages', function () {
  // The declarations of all packages are read with TypeScript.
  this.timeout(60_000)

  let types: ReadonlyMap<string, readonly ExportedType[]>
  before(() => {
    types = readExportedTypes()
  })

  /** `import path: name` */
  const typesThat = (holds: (type: ExportedType) => boolean): readonly string[] =>
    [...types].flatMap(([path, all]) => all.filter(holds).map(({ name }) => `${path}: ${name}`))

  it('are those of the snapshot; `npm run api:update` takes a change that is meant', async () => {
    expect(await readExports()).to.deep.equal(JSON.parse(readFileSync(snapshotFile, 'utf8')))
  })

  it('say of every type what it is', () => {
    expect(typesThat(({ isDocumented }) => !isDocumented)).to.deep.equal([])
  })

  it('have no type that no value leads to', () => {
    expect(typesThat(({ isReachable }) => !isReachable)).to.deep.equal([])
  })
})

import { readFileSync } from 'node:fs'

import { expect } from 'chai'

import { readExports, snapshotFile } from './read-exports.js'

describe('the exports of the packages', () => {
  it('are those of the snapshot; `npm run api:update` takes a change that is meant', async () => {
    expect(await readExports()).to.deep.equal(JSON.parse(readFileSync(snapshotFile, 'utf8')))
  })
})

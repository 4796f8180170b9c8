import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect } from 'chai'

const script = fileURLToPath(new URL('../../../bench/dist/memory.js', import.meta.url))
const memory = (...args: string[]) => promisify(execFile)(process.execPath, [script, ...args])

describe('npm run bench:memory', () => {
  it('says how much memory each part adds, all of them under the same load', async function () {
    // Six servers, one after the other.
    this.timeout(60_000)
    const { stdout } = await memory('--rounds', '1', '--requests', '700')
    const rows = stdout
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => line.split('|').map((cell) => cell.trim()))
    expect(rows.map(([, title]) => title)).to.deep.equal([
      'node:http by hand',
      'classes with rules of class-validator',
      'Lokstra, imported',
      'a server with 5 operations, idle',
      '500 operations more, idle',
      'Lokstra answers the requests',
    ])
    const [heaps, totals] = [rows.map((row) => Number(row[4])), rows.map((row) => Number(row[2]))]
    for (const [index, heap] of heaps.entries()) expect(heap).to.be.within(1, totals[index]!)
    // Of the heap it is certain that each part adds to it.
    expect(heaps.slice(0, 5)).to.deep.equal(heaps.slice(0, 5).sort((a, b) => a - b))
  })

  it('names what is no number', async () => {
    const error: unknown = await memory('--rounds', 'few').catch((reason: unknown) => reason)
    expect((error as { stderr: string }).stderr).to.include('--rounds: "few" is not a positive number')
  })
})

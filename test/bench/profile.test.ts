import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect } from 'chai'

const script = fileURLToPath(new URL('../../../bench/dist/profile.js', import.meta.url))
const profile = (...args: string[]) => promisify(execFile)(process.execPath, [script, ...args])

async function failureOf(...args: string[]): Promise<string> {
  const error: unknown = await profile(...args).catch((reason: unknown) => reason)
  return (error as { stderr: string }).stderr
}

describe('npm run bench:profile', () => {
  let folder: string
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'bench-profile-'))))
  after(() => rm(folder, { recursive: true }))

  it('lists where a server spends its time, and keeps the profile for a viewer', async function () {
    this.timeout(30_000)
    const options = ['--seconds', '0.3', '--lines', '5', '--folder', folder]
    const { stdout } = await profile('express', 'static', ...options)
    expect(stdout).to.match(/µs for one request, \d+ requests\n(?: +\d+\.\d\d {2}.+\n){5}/)
    expect(stdout).to.include(`\n${join(folder, 'express-static.cpuprofile')}\n`)
    expect(await readdir(folder)).to.deep.equal(['express-static.cpuprofile'])
  })

  it('names the targets and workloads there are, and what is no number', async () => {
    expect(await failureOf('koa', 'static'))
      .to.include('node-http, lokstra, fastify')
      .and.to.include('invalid')
    expect(await failureOf('express', 'static', '--seconds', 'few')).to.include('"few" is not a positive number')
  })
})

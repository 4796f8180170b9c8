import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect } from 'chai'

const script = fileURLToPath(new URL('../../../bench/dist/profile.js', import.meta.url))

describe('npm run bench:profile', () => {
  it('lists where a server spends its time, and keeps the profile for a viewer', async function () {
    this.timeout(30_000)
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [script, 'express', 'static', '--seconds', '0.3', '--lines', '5'])
    expect(stdout).to.match(/µs for one request, \d+ requests\n(?: +\d+\.\d\d  .+\n){5}/)
    const file = /\n(.+\.cpuprofile)\n$/.exec(stdout)![1]!
    await rm(file)
  })

  it('names the targets and workloads there are', async () => {
    const failure: unknown = await promisify(execFile)(process.execPath, [script, 'koa', 'static']).catch(
      (error: unknown) => error,
    )
    expect((failure as { stderr: string }).stderr)
      .to.include('node-http, lokstra, fastify')
      .and.to.include('invalid')
  })
})

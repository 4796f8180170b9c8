import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { expect } from 'chai'

import { repositoryRoot } from '../../helpers/repository.js'

/** Two minutes where changes are integrated; elsewhere long enough for servers to be killed and come back. */
const minutes = process.env.CI === 'true' ? 2 : 0.2
const limitMs = 360_000

describe('npm run chaos of the shop', function () {
  this.timeout(limitMs)

  let running: ChildProcess | undefined
  afterEach(() => {
    if (running?.pid === undefined) return
    try {
      process.kill(-running.pid, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  })

  async function chaos(...options: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    // Coverage of servers that are killed is lost, and that of the others costs more than all they do.
    const { NODE_V8_COVERAGE: _, DATABASE_URL: __, ...env } = process.env
    // Everything is built already: npm is not to build it again while other tests use it.
    running = spawn('npm', ['run', '--ignore-scripts', 'chaos', '-w', 'samples/shop', '--', ...options], {
      cwd: repositoryRoot,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that npm and what it starts can be ended together.
      detached: true,
    })
    let output = ''
    for (const stream of [running.stdout!, running.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [code] = (await once(running, 'close')) as [number | null]
    return { code, output }
  }

  it('finds all right after clients have bought while servers were killed on a bad network', async () => {
    const { code, output } = await chaos('--minutes', String(minutes))
    expect(code, output).to.equal(0)
    expect(output)
      .to.match(/^seed \d+, /m)
      .and.match(/^All is right\.$/m)
    // Something happened to be right about.
    expect(output).to.match(/^orders +\d+ of \d+ asked for: [1-9]\d* confirmed, [1-9]\d* cancelled$/m)
    expect(output).to.match(/^faults +.*latency [1-9]/m)
    expect(output).to.match(/^kills, restarts +(?:[1-9]\d*, \d+|0, [1-9]\d*)$/m)
    for (const server of ['gateway', 'users', 'catalog', 'orders', 'notifications'])
      expect(output).to.match(new RegExp(`^${server} +sockets +[1-9]`, 'm'))
    expect(output).to.match(/^database +connections +[1-9]/m)
  })

  it('says how it is used where an option is none of its own', async () => {
    const { code, output } = await chaos('--minutes', 'many')
    expect(code).to.equal(2)
    expect(output).to.match(/npm run chaos -w samples\/shop -- \[--minutes 30\] \[--seed 7\]/)
  })
})

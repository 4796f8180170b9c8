import { expect } from 'chai'

import { repositoryRoot } from '../../helpers/repository.js'
import { ChaosCommand } from './chaos-command.js'

/** Two minutes where changes are integrated; elsewhere long enough for servers to be killed and come back. */
const minutes = process.env.CI === 'true' ? 2 : 0.2
const limitMs = 360_000

describe('npm run chaos of the shop', function () {
  this.timeout(limitMs)

  const command = new ChaosCommand()
  afterEach(() => command.end())

  // Everything is built already: npm is not to build it again while other tests use it.
  const chaos = (...options: string[]) =>
    command.run('npm', ['run', '--ignore-scripts', 'chaos', '-w', 'samples/shop', '--', ...options], repositoryRoot)

  it('finds all right after clients have bought while servers were killed on a bad network', async () => {
    const { code, output } = await chaos('--minutes', String(minutes))
    expect(code, output).to.equal(0)
    expect(output)
      .to.match(/^seed \d+, /m)
      .and.match(/^All is right\.$/m)
    // Something happened to be right about.
    expect(output).to.match(/^orders +\d+ of \d+ asked for: [1-9]\d* confirmed, \d+ cancelled$/m)
    expect(output).to.match(/^faults +.*latency [1-9]/m)
    expect(output).to.match(/^kills, restarts +(?:[1-9]\d*, \d+|0, [1-9]\d*)$/m)
    expect(output).to.match(/^away +one server or another for \d+\.\d of \d+\.\d s$/m)
    expect(output).to.match(/^recovery ms +from then until clients are answered: median \d+, longest \d+$/m)
    for (const page of ['GET /users/me', 'GET /products', 'GET /orders', 'GET /notifications', 'POST /orders'])
      expect(output).to.match(new RegExp(`^${page} +[a-z, ]+ +[1-9]\\d*(?: +[\\d.]+ %){3}$`, 'm'))
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

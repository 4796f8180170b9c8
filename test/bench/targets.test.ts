import { expect } from 'chai'

import { compareAnswers, probes, Process, runLoad, targets, withServers, workloads } from './internals.js'

const anyCore = { core: undefined }

describe('the targets of the benchmark', () => {
  it('answer every workload alike, and take a short load', async function () {
    // Seven servers start side by side; on a busy machine that takes a while.
    this.timeout(90_000)
    await withServers(targets, anyCore, async (servers) => {
      const differences = await Promise.all(servers.map((server) => compareAnswers(server, workloads, probes)))
      expect(differences.flat()).to.deep.equal([])
      for (const { port } of servers) {
        const requests = workloads.flatMap(({ exchanges }) =>
          exchanges.map(({ request, expected }) => ({ ...request, status: expected.status })),
        )
        const { answered } = await runLoad({ port, connections: 3, requests, count: 30 })
        expect(answered).to.be.at.least(30)
      }
      const [usage, memory] = [await servers[0]!.usage(), await servers[0]!.memory()]
      expect(usage.cpuMicros).to.be.greaterThan(0)
      expect(memory.rssBytes).to.be.greaterThan(memory.heapUsedBytes)
    })
  })

  it('start with generated operations', async function () {
    this.timeout(90_000)
    const started = targets.map(async ({ start }) => {
      const process = new Process(`targets/${start}`, { core: undefined, args: ['20'] })
      try {
        return (await process.message<{ port: number }>()).port > 0
      } finally {
        await process[Symbol.asyncDispose]()
      }
    })
    expect(await Promise.all(started)).to.deep.equal(targets.map(() => true))
  })

  it('are told with their output when they do not start', async () => {
    const process = new Process('targets/none', anyCore)
    const error = await process.message().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(String(error)).to.match(/targets\/none ended with 1:[^]+Cannot find module/)
  })
})

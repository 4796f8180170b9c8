import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { repositoryRoot } from '../helpers/repository.js'
import {
  goals,
  isMet,
  readResults,
  ResultAnalysis,
  targets,
  toChart,
  toMarkdown,
  workloads,
  writeDocs,
  writeResults,
  type Results,
} from './internals.js'

const rounds = [0, 1, 2]

/** Lokstra at 0.9 of the hand-written server everywhere, the others at a half. */
const results: Results = {
  machine: { date: '2026-01-02T03:04:05.000Z', node: '20.0.0', cpu: 'A <CPU>', cores: 2, system: 'Linux' },
  settings: {
    rounds: 3,
    seconds: 1,
    warmUpSeconds: 2,
    connections: 64,
    spawns: 4,
    memoryRounds: 5,
    memoryRequests: 6_000,
    sampleMs: 150,
    isPinned: true,
  },
  versions: { fastify: '5.0.0' },
  http: workloads.flatMap(({ name: workload }) =>
    targets.map(({ name: target }) => {
      const share = target === 'node-http' ? 1 : target === 'lokstra' ? 0.9 : 0.5
      return {
        workload,
        target,
        requestsPerSecond: rounds.map((round) => 10_000 * (round + 1) * share),
        cpuMicrosPerRequest: rounds.map(() => 20 / share),
        serverBusy: [0.99, target === 'hono' && workload === 'list' ? 0.5 : 0.98, 0.97],
        loadBusy: rounds.map(() => 0.4),
      }
    }),
  ),
  start: targets.map(({ name: target }) => ({ target, operations: 0, milliseconds: [100, 110, 120] })),
  memory: targets.map(({ name: target }) => ({
    target,
    requests: 10,
    idleRssBytes: [2 ** 25],
    rssBytes: [2 ** 26],
    heapUsedBytes: [2 ** 23],
  })),
  calls: [
    calls('plain', 'a method, called', 100),
    calls('direct', 'Lokstra, direct', 100),
    calls('checked', 'Lokstra, checked', 50_000),
    calls('hand-written', 'by hand', 30_000, 20),
    calls('remote', 'Lokstra, remote', 60_000, 30),
  ],
  inProcess: [
    { task: 'valid', contender: 'hand-written', title: 'hand-written', nanoseconds: [200, 200, 200] },
    { task: 'valid', contender: 'lokstra', title: 'Lokstra', nanoseconds: [400, 250, 250] },
    { task: 'invalid', contender: 'lokstra', title: 'Lokstra', nanoseconds: [500, 500, 500] },
    { task: 'serialise one', contender: 'json-stringify', title: 'JSON.stringify', nanoseconds: [1, 1, 1] },
    { task: 'serialise list', contender: 'json-stringify', title: 'JSON.stringify', nanoseconds: [1, 1, 1] },
  ],
  dev: [400, 300, 600, 310],
}

function calls(way: string, title: string, nanoseconds: number, calleeMicros?: number) {
  return {
    way,
    title,
    nanoseconds: rounds.map(() => nanoseconds),
    callerMicros: rounds.map(() => nanoseconds / 1_000),
    calleeMicros: calleeMicros === undefined ? [] : rounds.map(() => calleeMicros),
  }
}

describe('the report of the benchmark', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'bench-report-'))))
  after(() => rmSync(folder, { recursive: true }))

  it('has the values of each round as JSON', () => {
    const file = join(folder, 'new', 'results.json')
    writeResults(results, file)
    expect(readResults(file)).to.deep.equal(results)
  })

  it('has tables of ratios with their spread', () => {
    const text = toMarkdown(results).replace(/ +/g, ' ')
    // By the clock and by CPU time.
    expect(text.match(/^\| Lokstra \|(?: 0\.90 \(0\.90–0\.90\) \|){8}$/gm)).to.have.length(2)
    expect(text).to.match(/^\| Lokstra \|(?: 22\.2 \(22\.2–22\.2\) \|){7}$/m)
    expect(text).to.match(/^\| Lokstra \| 250 \(250–400\) \| 0\.800 \(0\.500–0\.800\) \|/m)
    expect(text).to.match(
      /^\| NestJS on Fastify \| 110 \(100–120\) \| – \| 32 \(32–32\) \| 64 \(64–64\) \| 8\.0 \(8\.0–8\.0\) \|$/m,
    )
    expect(text).to.include('- list: hono 1')
    expect(text).to.include('Of 4 starts, and of 5 fresh processes before and after 6,000 requests')
    expect(text).to.include('3 rounds of 1 s after 2 s of warming up, 64 connections; in process samples of 150 ms.')
    expect(text).to.match(
      /^\| requests\/s against fastify: post \| at least 1.3 \| 1\.80 \(.+\) \| 1\.80 \(.+\) \| ok \|$/m,
    )
  })

  it('compares calls of a service with the same by hand', () => {
    const text = toMarkdown(results).replace(/ +/g, ' ')
    expect(text).to.match(
      /^\| Lokstra, remote \| 60\.00 \(.+\) \| 0\.500 \(0\.500–0\.500\) \| 60\.0 \(.+\) \| 30\.0 \(.+\) \|$/m,
    )
    expect(text).to.match(/^\| Lokstra, checked \| 50\.00 \(.+\) \| 0\.002 \(.+\) \| 50\.0 \(.+\) \| – \|$/m)
    expect(text).to.match(
      /^\| calls\/s of a remote service .+ \| at least 0\.9 \| 0\.50 \(.+\) \| 0\.56 \(.+\) \| MISSED \|$/m,
    )
    expect(toMarkdown({ ...results, calls: [] })).not.to.include('Calling a service')
  })

  it('says how long saves took, and judges them by the slowest', () => {
    const text = toMarkdown(results).replace(/ +/g, ' ')
    expect(text).to.match(/^\| `lokstra dev` on samples\/todo-api \| 4 \| 355 \| 300 \| 600 \|$/m)
    expect(text).to.match(/^\| ms from a save .+ \| at most 500 \| 600\.00 \(.+\) \| – \| MISSED \|$/m)
    expect(toMarkdown({ ...results, dev: [] })).not.to.include('From a save')
  })

  it('has a chart that is drawn from the same numbers and says them to those who do not see it', () => {
    const svg = toChart(results)
    expect(svg.match(/<rect [^>]*><title>/g)).to.have.length(workloads.length * (targets.length - 1))
    expect(svg).to.match(/^<svg [^>]*role="img" aria-labelledby="title description">\n<title /)
    expect(svg).to.include('static JSON: Lokstra 0.90, Fastify 0.50')
    expect(svg).not.to.include('NaN')
  })

  it('is put between the marks of a page, as often as one likes', () => {
    const [page, chart] = [join(folder, 'page.md'), join(folder, 'docs', 'chart.svg')]
    const marks = ['<!-- results: written by npm run bench -- --write-docs -->', '<!-- end of results -->']
    writeFileSync(page, `before\n\n${marks.join('\n')}\n\nafter\n`)
    writeDocs(results, page, chart)
    const once = readFileSync(page, 'utf8')
    writeDocs(results, page, chart)
    expect(readFileSync(page, 'utf8')).to.equal(once)
    expect(once).to.match(/^before\n[^]+### Goals[^]+after\n$/)
    expect(readFileSync(chart, 'utf8')).to.include('<svg')
    writeFileSync(page, 'no marks')
    expect(() => writeDocs(results, page, chart)).to.throw('no marks')
  })

  it('is in the docs as the run says that is kept', () => {
    const run = readResults(join(repositoryRoot, 'bench/results/results.json'))
    const mend = 'npm run bench -- --report'
    const page = readFileSync(join(repositoryRoot, 'docs/performance.md'), 'utf8')
    const [, tables] = /<!-- results: .+ -->\n\n([^]+)\n\n<!-- end of results -->/.exec(page)!
    expect(tables, mend).to.equal(toMarkdown(run))
    expect(readFileSync(join(repositoryRoot, 'docs/performance.svg'), 'utf8'), mend).to.equal(toChart(run))
  })

  it('judges the goals by the medians, and leaves open what was not measured', () => {
    const judged = new Map(goals(new ResultAnalysis(results)).map((goal) => [goal.text, isMet(goal)]))
    expect(judged.get('requests/s against node-http: geometric mean')).to.equal(false)
    expect(judged.get('requests/s against node-http: static')).to.equal(true)
    expect(judged.get('requests/s against fastify: post')).to.equal(true)
    expect(judged.get('requests/s against nest-fastify: post')).to.equal(false)
    expect(judged.get('binding the order in process against hand-written')).to.equal(true)
    expect(judged.get('binding the order in process against ajv')).to.equal(undefined)
    expect(judged.get('binding an invalid order in process against a valid one, in time')).to.equal(true)
    expect(judged.get('time to start with 0 operations against fastify')).to.equal(true)
    expect(judged.get('time to start with 1000 operations against fastify')).to.equal(undefined)
    expect(judged.get('memory after load (RSS) against node-http')).to.equal(true)
  })
})

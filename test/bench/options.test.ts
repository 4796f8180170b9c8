import { expect } from 'chai'

import { measureCalls, measureInProcess, parseCores, readOptions, usage } from './internals.js'

function options(...args: string[]) {
  const read = readOptions(args)
  if (read === 'help') throw new Error('help')
  return read
}

describe('the options of the benchmark', () => {
  it('measure everything by default', () => {
    const { targets, workloads, sections, rounds } = options()
    expect([targets.length, workloads.length, sections.length, rounds]).to.deep.equal([7, 7, 6, 9])
  })

  it('choose targets, always with the hand-written server, workloads and sections', () => {
    const chosen = options('--targets', 'lokstra', '--workloads', 'post,static', '--sections', 'http', '--rounds', '2')
    expect(chosen.targets.map(({ name }) => name)).to.deep.equal(['node-http', 'lokstra'])
    expect(chosen.workloads.map(({ name }) => name)).to.deep.equal(['static', 'post'])
    expect([chosen.sections, chosen.rounds, chosen.spawns]).to.deep.equal([['http'], 2, 2])
  })

  it('refuse what they do not know', () => {
    expect(() => options('--targets', 'koa')).to.throw('"koa" is none of node-http, lokstra')
    expect(() => options('--rounds', '0')).to.throw('--rounds: "0" is not a positive number')
    expect(() => options('--round', '1')).to.throw('--round')
  })

  it('let whole runs into the docs, and no others', () => {
    expect(options('--write-docs').writeDocs).to.equal(true)
    expect(options('--write-docs', '--rounds', '5').rounds).to.equal(5)
    const partial = [
      ['--quick'],
      ['--targets', 'lokstra,fastify'],
      ['--workloads', 'post'],
      ['--sections', 'http,start,memory'],
      ['--rounds', '2'],
      ['--seconds', '0.5'],
      ['--warm-up', '0.1'],
    ]
    for (const args of partial) {
      expect(() => options('--write-docs', ...args), args.join(' ')).to.throw('holds whole runs only')
    }
  })

  it('explain themselves', () => {
    expect(readOptions(['--help'])).to.equal('help')
    expect(usage).to.include('--write-docs')
  })
})

describe('the benchmark', () => {
  it('measures binding and serialising in process, after checking that all do the same', async function () {
    this.timeout(60_000)
    const quick = { ...options('--rounds', '1'), sampleMs: 1 }
    const results = await measureInProcess(quick, undefined, { step: () => undefined })
    const valid = results.filter(({ task }) => task === 'valid')
    expect(valid.map(({ contender }) => contender)).to.include.members(['hand-written', 'lokstra', 'ajv'])
    expect(results.every(({ nanoseconds }) => nanoseconds.length === 1 && nanoseconds[0]! > 0)).to.equal(true)
  })

  it('measures calls of a service in all ways, after checking that all give the same', async function () {
    this.timeout(90_000)
    const quick = { ...options('--rounds', '1'), seconds: 0.05, warmUpSeconds: 0.05 }
    const results = await measureCalls(quick, undefined, { step: () => undefined })
    expect(results.map(({ way }) => way)).to.deep.equal(['plain', 'direct', 'checked', 'hand-written', 'remote'])
    expect(results.map(({ calleeMicros }) => calleeMicros.length)).to.deep.equal([0, 0, 0, 1, 1])
    expect(results.every(({ callerMicros }) => callerMicros.length === 1 && callerMicros[0]! > 0)).to.equal(true)
    expect(results.every(({ nanoseconds }) => nanoseconds.length === 1 && nanoseconds[0]! > 0)).to.equal(true)
  })

  it('reads which cores a process may use', () => {
    expect(parseCores('0-2,5')).to.deep.equal([0, 1, 2, 5])
    expect(parseCores('3')).to.deep.equal([3])
    expect(parseCores('')).to.deep.equal([])
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Result, Service, Transactional, withoutTransaction } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { Database, PostgresDatabase, sql } from '@lokstra/services/postgres'
import { expect } from 'chai'
import fc from 'fast-check'

/** What a method does, step by step. */
type Step =
  | { readonly do: 'write' }
  /** A statement that the database refuses. */
  | { readonly do: 'refused'; readonly isCaught: boolean }
  | { readonly do: 'throw' }
  | { readonly do: 'answer 409' }
  /** Another transactional method; a savepoint; work outside of the transaction. */
  | { readonly do: 'call' | 'savepoint' | 'apart'; readonly steps: Program; readonly isCaught: boolean }

type Program = readonly Step[]

/** Most are caught: a program that ends with its first failure tells little. */
const isCaught = fc.nat(3).map((n) => n > 0)

/** @param depth  how deep programs may be nested */
function programsOf(depth: number): fc.Arbitrary<Program> {
  const simple: fc.WeightedArbitrary<Step>[] = [
    { weight: 6, arbitrary: fc.constant({ do: 'write' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refused'), isCaught }) },
    { weight: 1, arbitrary: fc.constant({ do: 'throw' }) },
    { weight: 1, arbitrary: fc.constant({ do: 'answer 409' }) },
  ]
  if (depth === 0) return fc.array(fc.oneof(...simple), { maxLength: 3 })
  const kind = fc.constantFrom('call', 'savepoint', 'savepoint', 'apart')
  const nested: fc.Arbitrary<Step> = fc.record({ do: kind, steps: programsOf(depth - 1), isCaught })
  return fc.array(fc.oneof(...simple, { weight: 12, arbitrary: nested }), { maxLength: 4, size: 'max' })
}

const refusal = new Result(409, { kind: 'empty' })

/** Runs programs for real. What it writes are the numbers from `first` on, in the order of the steps that are reached. */
@Service({ eager: true })
class Runner {
  constructor(private readonly db: Database) {}

  @Transactional()
  async method(steps: Program, counter: { next: number }): Promise<unknown> {
    return this.#run(steps, counter)
  }

  async #run(steps: Program, counter: { next: number }): Promise<unknown> {
    for (const step of steps) {
      switch (step.do) {
        case 'write':
          await this.db.query(sql`insert into written values (${counter.next++})`)
          break
        case 'refused':
          await unless(step.isCaught, this.db.query('select nonsense'))
          break
        case 'throw':
          throw new Error('thrown by the program')
        case 'answer 409':
          return refusal
        case 'call':
          await unless(step.isCaught, this.method(step.steps, counter))
          break
        case 'savepoint':
          await unless(
            step.isCaught,
            this.db.transaction(() => this.#run(step.steps, counter)),
          )
          break
        case 'apart':
          await unless(
            step.isCaught,
            withoutTransaction(() => this.#run(step.steps, counter)),
          )
      }
    }
    return undefined
  }
}

async function unless(isCaught: boolean, work: Promise<unknown>): Promise<void> {
  if (isCaught) await work.catch(() => undefined)
  else await work
}

/** What can be undone as a whole, as the manual describes it. */
interface Frame {
  readonly written: number[]
  /** A statement was refused: nothing but the end of the frame is accepted. */
  isRefusing: boolean
  /** A method failed in it. */
  mustFail: boolean
  hasBegun: boolean
}

class Failure extends Error {}

/** Works out what must be in the database afterwards, without one. */
class Oracle {
  readonly committed: number[] = []
  #next: number

  constructor(first: number) {
    this.#next = first
  }

  /** @param frame  undefined outside of transactions */
  method(steps: Program, frame?: Frame): unknown {
    if (!frame) return this.#atomic(steps, undefined, (answer) => answer !== refusal)
    try {
      const answer = this.#run(steps, frame)
      if (answer === refusal) frame.mustFail = true
      return answer
    } catch (error) {
      frame.mustFail = true
      throw error
    }
  }

  #atomic(steps: Program, outer: Frame | undefined, isSuccess: (answer: unknown) => boolean): unknown {
    const frame: Frame = { written: [], isRefusing: false, mustFail: false, hasBegun: outer !== undefined }
    const answer = this.#run(steps, frame)
    if (!isSuccess(answer)) return answer
    if ((frame.hasBegun && frame.mustFail) || frame.isRefusing) throw new Failure()
    ;(outer?.written ?? this.committed).push(...frame.written)
    return answer
  }

  #run(steps: Program, frame: Frame | undefined): unknown {
    for (const step of steps) {
      if (step.do === 'answer 409') return refusal
      try {
        this.#step(step, frame)
      } catch (error) {
        if (!(error instanceof Failure) || !('isCaught' in step) || !step.isCaught) throw error
      }
    }
    return undefined
  }

  #step(step: Step, frame: Frame | undefined): void {
    switch (step.do) {
      case 'write': {
        const n = this.#next++
        this.#statement(frame)
        ;(frame?.written ?? this.committed).push(n)
        return
      }
      case 'refused':
        this.#statement(frame)
        if (frame) frame.isRefusing = true
        throw new Failure()
      case 'call':
        this.method(step.steps, frame)
        return
      case 'savepoint':
        if (frame) this.#statement(frame)
        if (frame) this.#atomic(step.steps, frame, () => true)
        // Alone, only what goes through the given transaction takes part in it, and the programs use none.
        else this.#run(step.steps, undefined)
        return
      case 'apart':
        this.#run(step.steps, undefined)
        return
      default:
        throw new Failure()
    }
  }

  #statement(frame: Frame | undefined): void {
    if (!frame) return
    frame.hasBegun = true
    if (frame.isRefusing) throw new Failure()
  }
}

describe('programs of nested transactional methods, savepoints, errors and catches', function () {
  this.timeout(300_000)
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-programs-'))
  after(() => rmSync(dataDir, { recursive: true, force: true }))

  let server: TestServer
  let db: PostgresDatabase
  let next = 0

  before(async () => {
    const config = { dataDir, durable: false, poolSize: 40 }
    server = await createTestServer({ services: [{ use: PostgresDatabase, name: 'db', config }, Runner] })
    db = server.get(PostgresDatabase)
    await db.query('create table written (n int primary key)')
  })

  after(() => server?.dispose())

  it('leave in the database exactly what the manual says, also when several run at the same time', async () => {
    const runner = server.get(Runner)
    await fc.assert(
      fc.asyncProperty(fc.array(programsOf(4), { minLength: 1, maxLength: 4 }), async (programs) => {
        const first = next
        next += programs.length * 10_000
        const expected = programs.flatMap((steps, index) => {
          const oracle = new Oracle(first + index * 10_000)
          try {
            oracle.method(steps)
          } catch (error) {
            if (!(error instanceof Failure)) throw error
          }
          return oracle.committed
        })
        await Promise.allSettled(programs.map((steps, index) => runner.method(steps, { next: first + index * 10_000 })))
        const rows = await db.many<{ n: number }>(sql`select n from written where n >= ${first} order by n`)
        expect(rows.map(({ n }) => n)).to.deep.equal(expected.sort((a, b) => a - b))
        expect(db.poolState.idle).to.equal(db.poolState.open)
      }),
      { numRuns: 300 },
    )
  })
})

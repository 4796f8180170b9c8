import { isDeepStrictEqual } from 'node:util'

import { bindAsync, compareContracts, readContracts, type Class, type Contracts } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { declareDto, dtoDesign } from '../binding/random-dto.js'
import { isolate } from '../validation/isolate.js'
import { contractsOf, orderService } from './described.js'
import { declareVersion, raw, sent, versions } from './random-versions.js'

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
const runs = (numRuns: number) => ({ seed, numRuns })

/** Undefined for a class that is refused at boot. */
async function tryContracts(service: Class): Promise<Contracts | undefined> {
  try {
    return await contractsOf(service)
  } catch {
    return undefined
  }
}

async function accepts(type: Class, value: object): Promise<boolean> {
  return bindAsync(type as Class<object>, value).then(
    () => true,
    () => false,
  )
}

describe(`contracts of any classes (seed ${seed})`, function () {
  this.timeout(120_000)
  let restore: () => void
  before(async () => {
    // The configuration's own classes are read now, while their rules are there.
    await contractsOf(orderService({}))
    restore = isolate()
  })
  after(() => restore())

  it('are the same each time, can be read again, and do not differ from themselves', async () => {
    let described = 0
    await fc.assert(
      fc.asyncProperty(dtoDesign, async (design) => {
        const declare = () => orderService({ input: declareDto(design, true), returns: [declareDto(design, false)] })
        const service = declare()
        const first = await tryContracts(service)
        if (!first) return
        described++
        expect(await contractsOf(service)).to.deep.equal(first)
        // The nested classes have other names each time.
        expect(compareContracts(first, await contractsOf(declare()))).to.deep.equal([])
        expect(readContracts(JSON.stringify(first), 'snapshot')).to.deep.equal(first)
      }),
      runs(100),
    )
    expect(described).to.be.greaterThan(30)
  })

  it('have the same hash exactly where they are the same', async () => {
    const seen = new Map<string, unknown>()
    await fc.assert(
      fc.asyncProperty(versions, async ([was, is]) => {
        for (const design of [was, is]) {
          const contracts = await contractsOf(orderService({ input: declareVersion(design, was) }))
          const { hash, ...operation } = contracts.services.OrderService!.operations.place!
          for (const [other, known] of seen) expect(other === hash).to.equal(isDeepStrictEqual(known, operation))
          seen.set(hash, operation)
        }
      }),
      runs(100),
    )
    expect(seen.size).to.be.greaterThan(50)
  })

  it('that change without breaking take all that was taken before', async () => {
    let changed = 0
    await fc.assert(
      fc.asyncProperty(
        versions,
        versions,
        fc.array(raw, { minLength: 20, maxLength: 40 }),
        async (own, inner, values) => {
          const [was, is] = [declareVersion(own[0], inner[0]), declareVersion(own[1], inner[1])]
          const [consumer, provider] = [
            await contractsOf(orderService({ input: was })),
            await contractsOf(orderService({ input: is })),
          ]
          const changes = compareContracts(consumer, provider)
          if (changes.some(({ breaking }) => breaking)) return
          for (const value of values.map((one) => sent(one, own[0], inner[0]))) {
            if (!(await accepts(was, value))) continue
            if (changes.length > 0) changed++
            const told = `${JSON.stringify(value)} is refused after\n${changes.map(({ message }) => message).join('\n')}`
            expect(await accepts(is, value), told).to.equal(true)
          }
        },
      ),
      runs(500),
    )
    expect(changed).to.be.greaterThan(30)
  })
})

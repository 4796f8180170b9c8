import { isDeepStrictEqual } from 'node:util'

import { compareContracts, readContracts, type Class, type Contracts } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { declareDto, dtoDesign } from '../binding/random-dto.js'
import {
  callOperation,
  contractsOf as operationsIn,
  createInputEncoder,
  deliver,
  serveCalls,
  type CallRequest,
} from '../calls/codec/internals.js'
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

  it('that change without breaking take every call that was taken before, as what it was sent', async () => {
    let changed = 0
    await fc.assert(
      fc.asyncProperty(
        versions,
        versions,
        fc.array(raw, { minLength: 8, maxLength: 16 }),
        async (own, inner, values) => {
          const [was, is] = [0, 1].map((version) => {
            return orderService({ input: declareVersion(own[version]!, inner[version]!) })
          }) as [Class, Class]
          const changes = compareContracts(await contractsOf(was), await contractsOf(is))
          if (changes.some(({ breaking }) => breaking)) return
          for (const value of values.map((one) => sent(one, own[0], inner[0]))) {
            const request = tryEncode(was, value)
            const taken = request && (await take(was, request))
            if (!taken) continue
            if (changes.length > 0) changed++
            const told = `${JSON.stringify(value)} after\n${changes.map(({ message }) => message).join('\n')}`
            const arrived = await take(is, request)
            expect(arrived, told).not.to.equal(undefined)
            for (const [key, before] of Object.entries(taken)) {
              // Of nested objects the fields that are gone are so for a reason that was told.
              if (before !== undefined) expect(JSON.stringify(arrived![key]), told).to.equal(JSON.stringify(before))
            }
          }
        },
      ),
      runs(500),
    )
    expect(changed).to.be.greaterThan(8)
  })
})

function callOf(service: Class): ReturnType<typeof callOperation> {
  return callOperation(operationsIn(service)[0]!, 'OrderService')
}

/** Undefined for a value that cannot cross. */
function tryEncode(service: Class, value: object): CallRequest | undefined {
  try {
    return createInputEncoder(callOf(service))(value)
  } catch {
    return undefined
  }
}

/** What arrives of a call; undefined where it is refused. */
async function take(service: Class, request: CallRequest): Promise<Record<string, unknown> | undefined> {
  let arrived: object | undefined
  const response = await deliver(
    serveCalls(callOf(service), (input) => void (arrived = input)),
    request,
  )
  await response.text()
  return arrived as Record<string, unknown> | undefined
}

import { inspect, isDeepStrictEqual } from 'node:util'

import type { Operation } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { isolate } from '../../validation/isolate.js'
import {
  callOperation,
  contractsOf,
  createInputEncoder,
  createOutputDecoder,
  deliver,
  serveCalls,
} from './internals.js'
import { contractDesign, declareContract, type DesignedContract } from './random-contract.js'

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
const classes = Number(process.env.CODEC_CLASSES ?? 150)
const valuesPerClass = 12

/** Calls back with the contract of the calls of each designed class. */
async function forEachContract(
  direction: 'input' | 'output',
  check: (contract: DesignedContract, operation: Operation) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(contractDesign, async (design) => {
    const restore = isolate()
    try {
      const contract = declareContract(design, direction)
      await check(contract, callOperation(contractsOf(contract.controller)[0]!, 'Subjects'))
    } finally {
      restore()
    }
  })
  await fc.assert(property, { seed, numRuns: classes })
}

function expectSame(actual: unknown, expected: unknown, how: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new Error(`${how}\n${inspect(actual, { depth: 9 })}\nwas\n${inspect(expected, { depth: 9 })}`)
}

/** Objects that a query nests have no prototype, so that no name in them means anything; of what was sent they have one. */
function givePrototypes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Reflect.getPrototypeOf(value) === null) Reflect.setPrototypeOf(value, Object.prototype)
  for (const item of value instanceof Map || value instanceof Set ? value.values() : Object.values(value)) {
    givePrototypes(item)
  }
}

/** Undefined where it is refused. */
function attempt<T>(encode: () => T): T | undefined {
  try {
    return encode()
  } catch (error) {
    expect(error).to.include({ code: 'E_CALL_VALUE' })
    return undefined
  }
}

describe('a call', function () {
  this.timeout(120_000)

  it(`arrives as what the method was called with (seed ${seed})`, async () => {
    await forEachContract('input', async ({ values }, operation) => {
      const encode = createInputEncoder(operation)
      for (const value of fc.sample(values, { seed, numRuns: valuesPerClass })) {
        let arrived: unknown
        const listener = serveCalls(operation, (input) => void (arrived = input))
        const request = encode(value)
        const response = await deliver(listener, request)
        expectSame(arrived, value, `${response.status} ${await response.text()} ${inspect(request)}`)
      }
    })
  })

  it(`as plain HTTP arrives as what the method was called with, or is refused (seed ${seed})`, async () => {
    let arrivals = 0
    await forEachContract('input', async ({ values, controller }) => {
      const operation = contractsOf(controller)[0]!
      const names = operation.segments.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []))
      const encode = createInputEncoder(operation)
      for (const value of fc.sample(values, { seed, numRuns: valuesPerClass })) {
        const request = attempt(() => encode(value))
        if (!request) continue
        let arrived: unknown
        const listener = serveCalls(
          operation,
          (input) => void (arrived = input),
          (path) => {
            const parts = path.split('/').slice(1).map(decodeURIComponent)
            return Object.fromEntries(names.map((name, index) => [name, parts[index]!]))
          },
        )
        const response = await deliver(listener, request)
        givePrototypes(arrived)
        expectSame(arrived, value, `${response.status} ${await response.text()} ${inspect(request)}`)
        arrivals++
      }
    })
    expect(arrivals).to.be.greaterThan(classes)
  })

  it(`gives what the method returned (seed ${seed})`, async () => {
    await forEachContract('output', async ({ values }, operation) => {
      const decode = createOutputDecoder(operation.output, 'Subjects.give')
      for (const value of fc.sample(values, { seed, numRuns: valuesPerClass })) {
        const listener = serveCalls(operation, () => value)
        const response = await deliver(listener, { verb: 'GET', target: operation.path, headers: {}, body: undefined })
        expectSame(await decode(response), value, String(response.status))
      }
    })
  })
})

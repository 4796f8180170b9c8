import { compareContracts, describeContracts, Post, readContracts, Returns, Route, type Class } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import {
  callOperation,
  contractsOf,
  createInputEncoder,
  createOutputDecoder,
  deliverHere,
  serveCalls,
  type CallRequest,
} from '../calls/codec/internals.js'
import { isolate } from '../validation/isolate.js'
import { changes } from './random-change.js'
import { declareClasses, type Declared } from './version-classes.js'
import { lostOf, meaningOf, misfitOf } from './version-meaning.js'
import { valuesOf } from './version-values.js'
import type { Direction, Version } from './version.js'

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
const numRuns = Number(process.env.CONTRACT_CHANGES ?? 600)
const valuesPerChange = 6

type Operation = ReturnType<typeof callOperation>

/** One version of a service, ready to be called. */
interface Side {
  readonly design: Version
  readonly declared: Declared
  readonly call: Operation
  readonly contracts: ReturnType<typeof describeContracts>
}

function declareSide(design: Version, direction: Direction): Side {
  const declared = declareClasses(design, direction)
  const operations = contractsOf(direction === 'input' ? taking(declared.root) : giving(declared.root))
  const contracts = describeContracts(new Map([['Subjects', operations]]))
  return { design, declared, call: callOperation(operations[0]!, 'Subjects'), contracts }
}

function taking(input: Class): Class {
  class Subjects {
    async cross(_input: unknown): Promise<void> {
      return Promise.resolve()
    }
  }
  return operate(Subjects, [input], Returns(undefined, 204) as MethodDecorator)
}

function giving(type: Class): Class {
  class Subjects {
    async cross(): Promise<unknown> {
      return Promise.resolve(undefined)
    }
  }
  return operate(Subjects, [], Returns(type as Class<object>) as MethodDecorator)
}

function operate(controller: Class, types: readonly unknown[], returns: MethodDecorator): Class {
  const prototype = controller.prototype as object
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'cross')!
  Reflect.defineMetadata('design:paramtypes', types, prototype, 'cross')
  Reflect.defineMetadata('design:returntype', Promise, prototype, 'cross')
  ;(Post('/') as MethodDecorator)(prototype, 'cross', descriptor)
  returns(prototype, 'cross', descriptor)
  Route()(controller)
  return controller
}

/** What the comparison said of all changes, and how many values crossed for those that it takes for compatible. */
interface Counts {
  compatible: number
  unnoticed: number
  breaking: number
  values: number
}

/**
 * Calls back with two versions that the comparison takes for compatible.
 * @param check  gives how many values crossed
 */
async function forEachCompatible(
  direction: Direction,
  check: (was: Side, is: Side, told: string) => Promise<number>,
): Promise<void> {
  const counts: Counts = { compatible: 0, unnoticed: 0, breaking: 0, values: 0 }
  const property = fc.asyncProperty(changes(direction), async ([before, after]) => {
    const restore = isolate()
    try {
      const [was, is] = [declareSide(before, direction), declareSide(after, direction)]
      const found = compareContracts(was.contracts, is.contracts)
      expect(readContracts(JSON.stringify(is.contracts), 'it')).to.deep.equal(is.contracts)
      const isBreaking = found.some(({ breaking }) => breaking)
      counts[isBreaking ? 'breaking' : found.length > 0 ? 'compatible' : 'unnoticed']++
      if (isBreaking) return
      counts.values += await check(was, is, found.map(({ message }) => message).join('\n') || 'no change')
    } finally {
      restore()
    }
  })
  await fc.assert(property, { seed, numRuns })
  const { compatible, breaking, values } = counts
  const share = JSON.stringify(counts)
  console.log(`      ${share}`)
  expect(compatible, share).to.be.greaterThan(numRuns / 3)
  expect(breaking, share).to.be.greaterThan(numRuns / 10)
  expect(values, share).to.be.greaterThan(numRuns)
}

function tryEncode({ call }: Side, value: object): CallRequest | undefined {
  try {
    return createInputEncoder(call)(value)
  } catch (error) {
    expect(error).to.include({ code: 'E_CALL_VALUE' })
    return undefined
  }
}

/** What arrives of a call, or why nothing does. */
async function take({ call }: Side, request: CallRequest): Promise<{ input?: object | undefined; refusal: string }> {
  let input: object | undefined
  const response = await deliverHere(
    serveCalls(call, (given) => void (input = given)),
    request,
  )
  return { input, refusal: await response.text() }
}

describe(`any change of a contract that is told to break nobody (seed ${seed})`, function () {
  this.timeout(120_000)

  it('lets each call that was taken be taken, as what it was', async () => {
    await forEachCompatible('input', async (was, is, told) => {
      let crossed = 0
      for (const value of fc.sample(valuesOf(was.design, was.declared, 'input'), { seed, numRuns: valuesPerChange })) {
        const request = tryEncode(was, value)
        if (!request || !(await take(was, request)).input) continue
        const { input, refusal } = await take(is, request)
        const sent = meaningOf(value, was.design, was.declared, 'input')
        if (!input) throw new Error(`${JSON.stringify(sent)} is refused: ${refusal}\n${told}`)
        const lost = lostOf(sent, meaningOf(input, is.design, is.declared, 'input'))
        if (lost !== undefined) throw new Error(`${JSON.stringify(sent)} arrives as another: ${lost}\n${told}`)
        crossed++
      }
      return crossed
    })
  })

  it('lets each answer be read as what it is, by classes that say so', async () => {
    await forEachCompatible('output', async (was, is, told) => {
      const decode = createOutputDecoder(was.call.output, 'Subjects.cross')
      for (const value of fc.sample(valuesOf(is.design, is.declared, 'output'), { seed, numRuns: valuesPerChange })) {
        const response = await deliverHere(
          serveCalls(is.call, () => value),
          { verb: 'POST', target: is.call.path, headers: {}, body: undefined },
        )
        const given = meaningOf(value, is.design, is.declared, 'output')
        expect(response.status, JSON.stringify(given)).to.equal(200)
        const read = await decode(response)
        const misfit = misfitOf(read, was.design, was.declared)
        if (misfit !== undefined) throw new Error(`${JSON.stringify(given)} is read, and ${misfit}\n${told}`)
        const lost = lostOf(meaningOf(read, was.design, was.declared, 'output'), given)
        if (lost !== undefined) throw new Error(`${JSON.stringify(given)} is read as another: ${lost}\n${told}`)
      }
      return valuesPerChange
    })
  })
})

import { metadataKey, ownRecord, readChain, type Class, type PublicKey } from '../decorators/metadata.js'
import { checkMethod } from '../decorators/method.js'
import { isBare, recordMisuse } from '../decorators/misuse.js'
import { captureSite, type CallSite } from '../errors/call-site.js'
import { runTransactional, type TransactionalOptions } from './run-transactional.js'

/** What `@Transactional` recorded on a method. */
export interface TransactionalRecord {
  readonly method: string
  readonly options: TransactionalOptions
  readonly site: CallSite
}

type AsyncMethod = (...args: never[]) => Promise<unknown>
type AsyncMethodDecorator = <T extends object, K extends string, M extends AsyncMethod>(
  target: T,
  method: PublicKey<T, K>,
  descriptor: TypedPropertyDescriptor<M>,
) => void

const transactionalKey = metadataKey<Map<string, TransactionalRecord>>('transactional')

const isolations: readonly unknown[] = ['read committed', 'repeatable read', 'serializable']

/**
 * Runs an asynchronous method in a transaction. What it returns decides: a value commits, a thrown error or a result of 400 and above
 * rolls back. A connection is taken with the first statement. Inside another transactional method it joins that one's transaction.
 */
export function Transactional(...args: [options?: TransactionalOptions]): AsyncMethodDecorator {
  if (isBare(Transactional, 'member', args)) return undefined as never
  const [options = {}] = args
  const site = captureSite(Transactional)
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, '@Transactional', site)
    if (!owner) return
    const name = `${owner.name}.${method}`
    const refuse = (problem: string, fix: string) => {
      recordMisuse(owner, { problem, fix, site })
    }
    const original = descriptor.value!
    const byMethod = ownRecord(owner, transactionalKey, () => new Map<string, TransactionalRecord>())
    if (byMethod.has(method)) {
      refuse(`${name} carries @Transactional twice`, 'Write all options into one of them.')
      return
    }
    if (!isAsync(target, method, original)) {
      const fix = 'Make it async, or declare that it returns a Promise. Of a generator, collect what it yields.'
      refuse(`@Transactional is on ${name}, which is not asynchronous`, fix)
    }
    checkOptions(options, (problem, fix) => refuse(`@Transactional on ${name}: ${problem}`, fix))
    byMethod.set(method, { method, options, site })
    descriptor.value = wrap(name, options, original)
  }
}

/** The transactional methods of a class and its ancestors. */
export function readTransactionals(type: Class): readonly TransactionalRecord[] {
  return [...new Map(readChain(type, transactionalKey).flatMap(({ record }) => [...record])).values()]
}

/** Whether a class has transactional methods, so that requests which reach it need a scope. */
export function usesTransactions(type: Class): boolean {
  return readChain(type, transactionalKey).length > 0
}

function wrap<M extends AsyncMethod>(name: string, options: TransactionalOptions, original: M): M {
  const wrapped = function (this: unknown, ...args: never[]) {
    return runTransactional(name, options, async () => original.apply(this, args))
  }
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(wrapped, property, { value: original[property], configurable: true })
  }
  // What decorators of other libraries have recorded on the function itself.
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), wrapped)
  }
  return wrapped as unknown as M
}

/** By what the compiler says of its type, or by how it is written where that says nothing. */
function isAsync(target: object, method: string, original: AsyncMethod): boolean {
  const declared: unknown = Reflect.getMetadata('design:returntype', target, method)
  return declared === Promise || Object.prototype.toString.call(original) === '[object AsyncFunction]'
}

function checkOptions(
  { database, isolation, readOnly, retries }: TransactionalOptions,
  refuse: (problem: string, fix: string) => void,
): void {
  const check = (option: string, value: unknown, fits: boolean, wanted: string) => {
    if (value === undefined || fits) return
    refuse(`the option ${option} is ${JSON.stringify(value)}`, `Give ${wanted} for ${option}.`)
  }
  check('database', database, typeof database === 'string', 'the name of a service')
  check('isolation', isolation, isolations.includes(isolation), isolations.join(', '))
  check('readOnly', readOnly, typeof readOnly === 'boolean', 'true or false')
  check('retries', retries, Number.isInteger(retries) && retries! >= 0, 'a whole number')
}

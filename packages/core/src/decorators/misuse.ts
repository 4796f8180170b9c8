import { E_DECORATOR_MISUSE } from '../errors/catalogue/container.js'
import { captureSite, type CallSite } from '../errors/call-site.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { isRecord } from '../objects/is-record.js'
import { metadataKey, ownRecord, readChain } from './metadata.js'

/** A mistake seen while a decorator ran. It is kept, not thrown, and reported at boot together with every other one. */
export interface Misuse {
  readonly problem: string
  readonly fix: string
  readonly site: CallSite
}

const misuseKey = metadataKey<Misuse[]>('misuse')

export function recordMisuse(target: object, misuse: Misuse): void {
  ownRecord(target, misuseKey, () => []).push(misuse)
}

/** What was recorded on a class and its ancestors, as errors of the catalogue. */
export function misusesOf(type: object): readonly LokstraError[] {
  return readChain(type, misuseKey).flatMap(({ record }) =>
    record.map((misuse) => lokstraError(E_DECORATOR_MISUSE, misuse, misuse.site)),
  )
}

/**
 * Whether a decorator stands without its parentheses, as in `@Service class X`: what should make the decorator then receives what
 * the decorator is for. It is recorded, and nothing may be returned: the compiler's helper would put that in the member's place.
 */
export function isBare(
  below: (...args: never[]) => unknown,
  kind: 'class' | 'member' | 'parameter',
  args: readonly unknown[],
): boolean {
  const [target, second, third] = args
  const name = `@${below.name}`
  refuseStandard(name, second, () => captureSite(below))
  const isClass = typeof target === 'function'
  const isTarget = isClass || (typeof target === 'object' && target !== null)
  const isKey = typeof second === 'string' || typeof second === 'symbol'
  // The names and options of middleware may stand where the key and descriptor of a method would.
  const isDescriptor = third === undefined || (isRecord(third) && 'configurable' in third)
  const fits = {
    class: isClass && args.length === 1,
    member: args.length === 3 && isKey && isDescriptor,
    parameter: args.length === 3 && typeof third === 'number',
  }
  if (!isTarget || !fits[kind]) return false
  const owner = isClass ? target : target.constructor
  const what = second === undefined ? owner.name : `${owner.name}.${String(second)}`
  const problem = `${name} on ${what} is not called`
  recordMisuse(owner, { problem, fix: `Write it with parentheses: ${name}().`, site: captureSite(below) })
  return true
}

/**
 * Refuses the arguments of a standard decorator, which knows neither the class of its member nor the types of parameters.
 * @throws E_DECORATOR_MISUSE  at once: there is no class to record it on
 */
export function refuseStandard(name: string, second: unknown, site: () => CallSite): void {
  if (typeof second !== 'object' || second === null || !('kind' in second && 'addInitializer' in second)) return
  const problem = `${name} was compiled as a standard decorator, which tells nothing of types`
  const fix = 'Set "experimentalDecorators" and "emitDecoratorMetadata" to true under compilerOptions in tsconfig.json.'
  throw lokstraError(E_DECORATOR_MISUSE, { problem, fix }, site())
}

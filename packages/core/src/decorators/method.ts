import type { CallSite } from '../errors/call-site.js'
import { readChain, type Class, type MetadataKey, type PublicKey } from './metadata.js'
import { recordMisuse, refuseStandard } from './misuse.js'

export type MethodDecoratorOf = <T extends object, K extends string>(
  target: T,
  method: PublicKey<T, K>,
  descriptor: PropertyDescriptor,
) => void

/** One decorator on one method. */
export interface DecoratorSite {
  /** `@Returns` */
  readonly decorator: string
  readonly method: string
  readonly site: CallSite
}

/** The class to record on, or undefined after recording why the decorated member cannot be one of an instance's methods. */
export function checkMethod(
  target: object,
  method: unknown,
  descriptor: PropertyDescriptor | undefined,
  name: string,
  site: CallSite,
): Class | undefined {
  refuseStandard(name, method, () => site)
  const isStatic = typeof target === 'function'
  const owner = (isStatic ? target : target.constructor) as Class
  const what = `${owner.name}.${String(method)}`
  if (isStatic) {
    recordMisuse(owner, {
      problem: `${name} is on the static member ${what}`,
      fix: 'Make it an instance method.',
      site,
    })
  } else if (typeof method !== 'string') {
    recordMisuse(owner, {
      problem: `${name} is on ${what}, which has no name of text`,
      fix: 'Give the method a name.',
      site,
    })
  } else if (typeof descriptor?.value !== 'function') {
    recordMisuse(owner, { problem: `${name} is on ${what}, which is not a method`, fix: 'Put it on a method.', site })
  } else {
    return owner
  }
  return undefined
}

/** What a method was last decorated with: the record of the class itself goes before those of its ancestors. */
export function readMethod<R>(type: Class, key: MetadataKey<Map<string, R>>, method: string): R | undefined {
  return readChain(type, key)
    .map(({ record }) => record.get(method))
    .findLast((record) => record !== undefined)
}

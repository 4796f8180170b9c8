import type { Class } from '../../decorators/metadata.js'
import { E_REMOTE_MEMBER } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'

/** What is asked of any object by those that print, await or write it; a service has an answer only if it is an operation. */
const askedOfAll: ReadonlySet<string> = new Set(['then', 'toJSON', 'inspect'])

/**
 * An object that stands in for a service behind a boundary. Its operations are its own properties, so that they cost no more than
 * those of any object; `instanceof` holds; any other member throws E_REMOTE_MEMBER. The class is never constructed.
 * @param runsOn  where the service lives, in words: `server users of shop`
 */
export function createServiceProxy(
  type: Class,
  runsOn: string,
  operations: ReadonlyMap<string, (...parameters: unknown[]) => unknown>,
): object {
  const names = [...operations.keys()].join(', ')
  const refuse = (member: string, action: string): LokstraError =>
    lokstraError(E_REMOTE_MEMBER, { member, service: type.name, runsOn, operations: names, action })
  const rest = new Proxy(Object.create(type.prototype as object) as object, {
    get(target, key) {
      if (typeof key === 'string' && askedOfAll.has(key)) return undefined
      if (typeof key === 'symbol' || key === 'constructor' || key in Object.prototype) {
        return Reflect.get(target, key) as unknown
      }
      throw refuse(key, 'cannot be used')
    },
    set(_target, key) {
      throw refuse(String(key), 'cannot be set')
    },
  })
  const proxy = Object.create(rest) as object
  for (const [name, call] of operations) Object.defineProperty(proxy, name, { value: call, enumerable: true })
  return Object.freeze(proxy)
}

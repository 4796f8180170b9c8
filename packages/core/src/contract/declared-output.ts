import { readFields } from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import { E_OUTPUT_NAME } from '../errors/catalogue/response.js'
import { collectProblems, isEmpty } from './class-reading.js'
import { freezeType } from './freeze-plan.js'
import type { ObjectType } from './value-type.js'
import { writesItself, readClass } from './read-class.js'
import { isOwnClass } from './read-value-type.js'
import { saysHowToWrite } from './transformer-metadata.js'

/** By prototype, each read once; null for a class that says nothing of what is written. */
const known = new WeakMap<object, ObjectType | null>()

/**
 * What an object is written as by the decorators of its own class, or of an ancestor: `@Exclude`, `@Expose`, `@Transform`, `@Type` or
 * `@Field`. Undefined for plain objects, lists, and classes without such decorators.
 *
 * Asked where no contract declares the type of a value, so no class of it could be read at boot. The first value of a class has the
 * decorators of that class read, which constructs an instance without arguments where the constructor takes none; what was read is
 * kept for all further values.
 * @throws LokstraError E_OUTPUT_NAME for each value of a class of which two fields would be written under one name, and one lost
 */
export function declaredOutput(value: object): ObjectType | undefined {
  const prototype = Reflect.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype || Array.isArray(value)) return undefined
  let type = known.get(prototype)
  if (type === undefined) {
    type = readDeclared(prototype)
    known.set(prototype, type)
  }
  return type ?? undefined
}

function readDeclared(prototype: object): ObjectType | null {
  const type = classOf(prototype)
  if (!type || !(saysHowToWrite(type) || readFields(type).size > 0)) return null
  const reading = readClass(type, 'output', undefined)
  // The other mistakes, errors at boot where @Returns leads to the class, leave a field without a type: its values are asked in turn.
  const lossy = collectProblems(reading).find(({ code }) => code === E_OUTPUT_NAME.code)
  if (lossy) throw lossy
  if (isEmpty(reading) && writesItself(type)) return null
  return freezeType({ kind: 'object', plan: () => reading.plan })
}

/** The class whose instances have this prototype, or one that inherits it without a class of its own. */
function classOf(prototype: object): Class | undefined {
  for (let one: object | null = prototype; one && one !== Object.prototype; one = Reflect.getPrototypeOf(one)) {
    const type = Object.getOwnPropertyDescriptor(one, 'constructor')?.value as unknown
    if (isOwnClass(type) && type.prototype === one) return type
  }
  return undefined
}

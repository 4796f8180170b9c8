import { readFields } from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import { isEmpty } from './class-reading.js'
import { freezeType } from './freeze-plan.js'
import type { ObjectType } from './input-plan.js'
import { hasToJson, readClass } from './read-class.js'
import { isOwnClass } from './read-value-type.js'
import { saysHowToWrite } from './transformer-metadata.js'

/** By prototype; null for a class that says nothing of what is written. */
const known = new WeakMap<object, ObjectType | null>()

/**
 * What an object is written as by the decorators of its own class, or of an ancestor: `@Exclude`, `@Expose`, `@Transform`, `@Type` or
 * `@Field`. Asked where nothing declares the type of a value. Undefined for plain objects, lists, and classes without such decorators.
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
  // What is wrong with the class would be an error at boot if @Returns led to it. Here an answer is due, and the plan holds all the same.
  const reading = readClass(type, 'output', undefined)
  if (isEmpty(reading) && hasToJson(type)) return null
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

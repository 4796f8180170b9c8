import { literal, member } from '../../codegen/program.js'
import { isInheritedName } from '../raw-value.js'

/** Reads a key of the input; what objects inherit under its name is no input. */
export function emitRead(object: string, name: string): string {
  const read = member(object, name)
  return isInheritedName(name) ? `(Object.hasOwn(${object}, ${literal(name)}) ? ${read} : undefined)` : read
}

/** Reads a property of the instance. */
export function emitGet(target: string, property: string): string {
  return property === '__proto__' ? emitRead(target, property) : member(target, property)
}

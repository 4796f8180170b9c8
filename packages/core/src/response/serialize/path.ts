import { printType, type ValueType } from '../../contract/value-type.js'
import { OutputMisfit } from './misfit.js'

/** The objects that a value is in, by what they are written as: a getter may give its own object, as another class. */
export type Path = Map<ValueType, Set<object>>

/**
 * Remembers that an object is being written.
 * @returns the set to take it from afterwards
 * @throws OutputMisfit where the object is within itself
 */
export function enter(path: Path, type: ValueType, value: object, label: string): Set<object> {
  let within = path.get(type)
  if (!within) path.set(type, (within = new Set()))
  if (within.has(value)) throw new OutputMisfit(label, printType(type), undefined)
  within.add(value)
  return within
}

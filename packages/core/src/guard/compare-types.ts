import type { ChangeLog } from './contract-change.js'
import { compareRules } from './compare-rules.js'
import type { FieldContract, InputFieldContract, ObjectContract, TypeContract } from './contract.js'
import { printTypeContract } from './print-contract.js'

/** The classes of one direction of an operation, by the names that its types have for them. */
export type Objects = Readonly<Record<string, ObjectContract>>

/** What a field is found by on the other side. */
type WireKey = (property: string, field: FieldContract) => string

const scalars: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint', 'date', 'duration', 'size'])

/**
 * Compares the types of one direction. A value goes from the one who writes it to the one who reads it: of an input the consumer
 * writes and the provider reads, of an output the other way round. What is written must be among what is read.
 */
export class TypeComparison {
  readonly #isInput: boolean
  readonly #consumer: Objects
  readonly #provider: Objects
  readonly #log: ChangeLog
  /** Pairs of classes that were compared: classes may refer to themselves, and a change is told of once. */
  readonly #compared = new Set<string>()

  constructor(direction: 'input' | 'output', consumer: Objects = {}, provider: Objects = {}, log: ChangeLog) {
    this.#isInput = direction === 'input'
    this.#consumer = consumer
    this.#provider = provider
    this.#log = log
  }

  compareInputs(
    was: Readonly<Record<string, InputFieldContract>>,
    is: Readonly<Record<string, InputFieldContract>>,
  ): void {
    const keyOf = (property: string, { from, takesAll, name = property }: InputFieldContract) =>
      takesAll ? `${from} *` : `${from} ${name}`
    this.#compareFields('input', was, is, keyOf as WireKey)
  }

  compareTypes(was: TypeContract, is: TypeContract, path: string, isText = false): void {
    if (was === 'any' && is === 'any') return
    if ((this.#isInput ? is : was) === 'any') {
      this.#log.compatible('type-changed', path, became(was, is))
      return
    }
    if (typeof was === 'object' && typeof is === 'object' && this.#compareComposed(was, is, path, isText)) return
    if (was === is) return
    if (this.#fits(this.#isInput ? was : is, this.#isInput ? is : was, isText)) {
      this.#log.compatible('type-changed', path, became(was, is))
    } else {
      this.#log.breaking('type-changed', path, became(was, is))
    }
  }

  /** Whether every value of a scalar type or enum is one of another. */
  #fits(written: TypeContract, read: TypeContract, isText: boolean): boolean {
    if (typeof read !== 'string') return false
    if (typeof written === 'string') return isText && read === 'string' && scalars.has(written)
    if (!('enum' in written)) return false
    return (isText && read === 'string') || written.enum.every((value) => typeof value === read)
  }

  /** @returns whether the types are of the same kind */
  #compareComposed(was: object & TypeContract, is: object & TypeContract, path: string, isText: boolean): boolean {
    const [wasElement, isElement] = [elementOf(was), elementOf(is)]
    if (wasElement !== undefined && isElement !== undefined) {
      if ('set' in was !== 'set' in is) this.#log.compatible('type-changed', path, became(was, is))
      this.compareTypes(wasElement, isElement, `${path}[]`, isText)
      return true
    }
    if ('map' in was && 'map' in is) {
      this.compareTypes(was.map, is.map, `${path}{}`)
      return true
    }
    if ('enum' in was && 'enum' in is) {
      this.#compareValues(was.enum, is.enum, path)
      return true
    }
    if ('object' in was && 'object' in is) {
      this.#compareObjects(was.object, is.object, path)
      return true
    }
    if ('union' in was && 'union' in is && was.by === is.by) {
      this.#compareVariants(was.union, is.union, path)
      return true
    }
    return false
  }

  #compareValues(was: readonly (string | number)[], is: readonly (string | number)[], path: string): void {
    for (const value of was.filter((one) => !is.includes(one))) {
      const what = `the value ${JSON.stringify(value)} is gone`
      if (this.#isInput) this.#log.breaking('values-changed', path, what)
      else this.#log.compatible('values-changed', path, what)
    }
    for (const value of is.filter((one) => !was.includes(one))) {
      const what = `the value ${JSON.stringify(value)} is new`
      if (this.#isInput) this.#log.compatible('values-changed', path, what)
      else this.#log.breaking('values-changed', path, `${what}, and the consumer does not know it`)
    }
  }

  #compareVariants(was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>, path: string): void {
    for (const [name, type] of Object.entries(was)) {
      const other = Object.hasOwn(is, name) ? is[name] : undefined
      if (other !== undefined) this.#compareObjects(type, other, `${path}<${name}>`)
      else if (this.#isInput) this.#log.breaking('values-changed', path, `the variant "${name}" is gone`)
      else this.#log.compatible('values-changed', path, `the variant "${name}" is gone`)
    }
    for (const name of Object.keys(is).filter((one) => !Object.hasOwn(was, one))) {
      const what = `the variant "${name}" is new`
      if (this.#isInput) this.#log.compatible('values-changed', path, what)
      else this.#log.breaking('values-changed', path, `${what}, and the consumer does not know it`)
    }
  }

  #compareObjects(was: string, is: string, path: string): void {
    const pair = JSON.stringify([was, is])
    if (this.#compared.has(pair)) return
    this.#compared.add(pair)
    const keyOf: WireKey = (property, { name = property }) => name
    this.#compareFields(path, this.#consumer[was]!, this.#provider[is]!, keyOf)
  }

  #compareFields(
    path: string,
    was: Readonly<Record<string, FieldContract>>,
    is: Readonly<Record<string, FieldContract>>,
    keyOf: WireKey,
  ): void {
    const provided = Object.entries(is).map(([property, field]) => ({
      property,
      field,
      key: keyOf(property, field),
    }))
    const unmatched = new Set(provided)
    const consumed = new Map(Object.entries(was).map(([property, field]) => [property, keyOf(property, field)]))
    for (const [property, field] of Object.entries(was)) {
      const at = `${path}.${property}`
      const key = consumed.get(property)
      // One name on the wire may fill several fields: each is then compared with its namesake, and with those that have none.
      const sharing = provided.filter((other) => other.key === key)
      const own = sharing.filter((other) => other.property === property || consumed.get(other.property) !== key)
      const found = own.length > 0 ? own : sharing
      for (const other of found) {
        unmatched.delete(other)
        this.#compareField(at, field, other.field)
      }
      if (found.length > 0) continue
      const namesake = [...unmatched].find((other) => other.property === property)
      if (namesake) unmatched.delete(namesake)
      this.#reportMissing(at, property, field, namesake)
    }
    for (const { property, field } of unmatched) this.#reportAdded(`${path}.${property}`, field)
  }

  #compareField(path: string, was: FieldContract, is: FieldContract): void {
    const { from, json } = was as Partial<InputFieldContract>
    const isJson = (is as Partial<InputFieldContract>).json
    this.compareTypes(was.type, is.type, path, from !== undefined && from !== 'body' && !json)
    if (json !== isJson) {
      const [now, before] = isJson ? ['JSON', 'plain text'] : ['plain text', 'JSON']
      this.#log.breaking('type-changed', path, `is written as ${now}, was ${before}`)
    }
    if (was.required && !is.required) this.#log.compatible('required-changed', path, 'is optional, was required')
    if (!was.required && is.required) this.#log.breaking('required-changed', path, 'is required, was optional')
    const isWorse = this.#isInput ? was.nullable && !is.nullable : !was.nullable && is.nullable
    const what = is.nullable ? 'may be null, and could not be' : 'must not be null, and could be'
    if (isWorse) this.#log.breaking('nullable-changed', path, what)
    else if (was.nullable !== is.nullable) this.#log.compatible('nullable-changed', path, what)
    const { narrowed, widened } = compareRules(was.rules ?? [], is.rules ?? [])
    for (const change of narrowed) this.#log.breaking('rules-changed', path, change)
    for (const change of widened) this.#log.compatible('rules-changed', path, change)
  }

  #reportMissing(
    path: string,
    property: string,
    field: FieldContract,
    namesake: { readonly field: FieldContract } | undefined,
  ): void {
    const { from, name = property } = field as Partial<InputFieldContract>
    if (namesake) {
      const { from: nowFrom, name: nowName = property } = namesake.field as Partial<InputFieldContract>
      if (from !== nowFrom) this.#log.breaking('source-changed', path, `comes from ${nowFrom}, was ${from}`)
      else this.#log.breaking('field-renamed', path, `is called "${nowName}" on the wire, was "${name}"`)
      return
    }
    const what = this.#isInput ? 'is gone: what the consumer sends is ignored' : 'is gone'
    this.#log.breaking('field-removed', path, what)
  }

  #reportAdded(path: string, { required }: FieldContract): void {
    if (required) this.#log.breaking('field-added', path, 'is new and required')
    else this.#log.compatible('field-added', path, 'is new')
  }
}

/** Lists and sets are written alike. */
function elementOf(type: object & TypeContract): TypeContract | undefined {
  if ('array' in type) return type.array
  return 'set' in type ? type.set : undefined
}

function became(was: TypeContract, is: TypeContract): string {
  return `${printTypeContract(was)} became ${printTypeContract(is)}`
}

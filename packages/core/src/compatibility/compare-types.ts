import type { ChangeLog } from './contract-change.js'
import { compareRules } from './compare-rules.js'
import type { FieldContract, InputFieldContract, ObjectContract, TypeContract } from './contract.js'
import { matchFields, type WireKey } from './match-fields.js'
import { printTypeContract } from './print-contract.js'
import { promisedBy } from './promised-by.js'

/** The classes of one direction of an operation, by the names that its types have for them. */
export type Objects = Readonly<Record<string, ObjectContract>>

const scalars: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint', 'date', 'duration', 'size'])
/** Values that a set tells apart by what they are; of others it holds as many as it is given. */
const primitives: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint', 'duration', 'size', 'any'])

/** How a value is written. */
interface Form {
  /** As plain text, outside of a body. */
  readonly isText?: boolean
  /** As a list in which nothing is repeated. */
  readonly isUnique?: boolean
}

/** Two classes that are still to be compared. */
interface Pair {
  readonly was: string
  readonly is: string
  readonly path: string
}

/**
 * Compares the types of one direction. A value goes from the one who writes it to the one who reads it: of an input the consumer
 * writes and the provider reads, of an output the other way round. What is written must be among what is read.
 */
export class TypeComparison {
  readonly #isInput: boolean
  readonly #consumer: Objects
  readonly #provider: Objects
  readonly #log: ChangeLog
  /** Pairs of classes that were met: classes may refer to themselves, and a change is told of once. */
  readonly #met = new Set<string>()
  /** Compared one after another: classes may be nested in each other more deeply than a stack could follow. */
  readonly #waiting: Pair[] = []

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
    this.#compareWaiting()
  }

  /** Of an output that is no object. */
  compareType(was: TypeContract, is: TypeContract): void {
    this.#compareTypes(was, is, 'output')
    this.#compareWaiting()
  }

  #compareWaiting(): void {
    const keyOf: WireKey = (property, { name = property }) => name
    for (const { was, is, path } of this.#waiting) {
      this.#compareFields(path, this.#consumer[was]!, this.#provider[is]!, keyOf)
    }
    this.#waiting.length = 0
  }

  #compareTypes(was: TypeContract, is: TypeContract, path: string, form: Form = {}): void {
    if (was === 'any' && is === 'any') return
    if ((this.#isInput ? is : was) === 'any') {
      this.#log.compatible('type-changed', path, became(was, is))
      return
    }
    if (typeof was === 'object' && typeof is === 'object' && this.#compareComposed(was, is, path, form)) return
    if (was === is) return
    const fits = this.#isInput ? isAmong(was, is, form) : isAmong(is, was, form)
    this.#log.add('type-changed', path, became(was, is), !fits)
  }

  /** @returns whether the types are of the same kind */
  #compareComposed(was: object & TypeContract, is: object & TypeContract, path: string, form: Form): boolean {
    const [wasElement, isElement] = [elementOf(was), elementOf(is)]
    if (wasElement !== undefined && isElement !== undefined) {
      if ('set' in was !== 'set' in is) this.#compareLists(was, is, path, form)
      this.#compareTypes(wasElement, isElement, `${path}[]`)
      return true
    }
    if ('map' in was && 'map' in is) {
      this.#compareTypes(was.map, is.map, `${path}{}`)
      return true
    }
    if ('enum' in was && 'enum' in is) {
      const [before, now] = [new Set(was.enum), new Set(is.enum)]
      this.#compareNames(path, before, now, (value) => `the value ${JSON.stringify(value)}`)
      return true
    }
    if ('object' in was && 'object' in is) {
      this.#compareObjects(was.object, is.object, path)
      return true
    }
    if (!('union' in was && 'union' in is)) return false
    if (was.by === is.by) this.#compareVariants(was.union, is.union, path)
    else this.#log.breaking('type-changed', path, `its variants are told apart by "${is.by}", were by "${was.by}"`)
    return true
  }

  /** Lists and sets are written alike, but for what is in a list twice. */
  #compareLists(was: object & TypeContract, is: object & TypeContract, path: string, { isUnique }: Form): void {
    const isReadAsSet = 'set' in (this.#isInput ? is : was)
    const element = elementOf(this.#isInput ? was : is)!
    const isLossy = isReadAsSet && !isUnique && isPrimitive(element)
    const what = isLossy ? `${became(was, is)}, and what is in it twice arrives once` : became(was, is)
    this.#log.add('type-changed', path, what, isLossy)
  }

  #compareVariants(was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>, path: string): void {
    for (const [name, type] of Object.entries(was)) {
      if (Object.hasOwn(is, name)) this.#compareObjects(type, is[name]!, `${path}<${name}>`)
    }
    const [before, now] = [new Set(Object.keys(was)), new Set(Object.keys(is))]
    this.#compareNames(path, before, now, (name) => `the variant "${name}"`)
  }

  /** Values of an enum, or names of variants. */
  #compareNames<T>(path: string, was: ReadonlySet<T>, is: ReadonlySet<T>, print: (one: T) => string): void {
    for (const one of was) {
      if (!is.has(one)) this.#log.add('values-changed', path, `${print(one)} is gone`, this.#isInput)
    }
    const unknown = this.#isInput ? '' : ', and the consumer does not know it'
    for (const one of is) {
      if (!was.has(one)) this.#log.add('values-changed', path, `${print(one)} is new${unknown}`, !this.#isInput)
    }
  }

  #compareObjects(was: string, is: string, path: string): void {
    const pair = JSON.stringify([was, is])
    if (this.#met.has(pair)) return
    this.#met.add(pair)
    this.#waiting.push({ was, is, path: shortened(path) })
  }

  #compareFields(path: string, was: ObjectContract, is: ObjectContract, keyOf: WireKey): void {
    const { matches, added } = matchFields(was, is, keyOf)
    for (const { property, field, found, namesake } of matches) {
      const at = `${path}.${property}`
      for (const other of found) this.#compareField(at, field, other)
      if (found.length === 0) this.#reportMissing(at, property, field, namesake)
    }
    for (const { property, field } of added) this.#reportAdded(`${path}.${property}`, field)
  }

  #compareField(path: string, was: FieldContract, is: FieldContract): void {
    const { from, json } = was as Partial<InputFieldContract>
    const isJson = (is as Partial<InputFieldContract>).json
    const keeps = promisedBy(was)
    const isText = from !== undefined && from !== 'body' && !json
    this.#compareTypes(was.type, is.type, path, { isText, isUnique: this.#isInput && keeps.isUnique })
    if (json !== isJson) {
      const [now, before] = isJson ? ['JSON', 'plain text'] : ['plain text', 'JSON']
      this.#log.breaking('type-changed', path, `is written as ${now}, was ${before}`)
    }
    this.#comparePresence(path, was, is)
    if (was.optional && !is.optional)
      this.#log.compatible('optional-changed', path, 'is always there, and could be absent')
    if (!was.optional && is.optional)
      this.#log.breaking('optional-changed', path, 'may be absent, and was always there')
    const isWorse = this.#isInput ? was.nullable && !is.nullable : !was.nullable && is.nullable
    const what = is.nullable ? 'may be null, and could not be' : 'must not be null, and could be'
    if (isWorse) this.#log.breaking('nullable-changed', path, what)
    else if (was.nullable !== is.nullable) this.#log.compatible('nullable-changed', path, what)
    const { narrowed, widened } = compareRules(was.rules ?? [], is.rules ?? [], keeps)
    for (const change of narrowed) this.#log.breaking('rules-changed', path, change)
    for (const change of widened) this.#log.compatible('rules-changed', path, change)
  }

  #comparePresence(path: string, was: FieldContract, is: FieldContract): void {
    const [before, now] = [presenceOf(was), presenceOf(is)]
    if (before === now) return
    const what = `${presences[now]}, was ${presences[before].slice('is '.length)}`
    this.#log.add('required-changed', path, what, now > before)
  }

  #reportMissing(path: string, property: string, field: FieldContract, namesake: FieldContract | undefined): void {
    const { from, name = property } = field as Partial<InputFieldContract>
    if (namesake) {
      const { from: nowFrom, name: nowName = property } = namesake as Partial<InputFieldContract>
      if (from !== nowFrom) this.#log.breaking('source-changed', path, `comes from ${nowFrom}, was ${from}`)
      else this.#log.breaking('field-renamed', path, `is called "${nowName}" on the wire, was "${name}"`)
      return
    }
    const what = this.#isInput ? 'is gone: what the consumer sends is ignored' : 'is gone'
    this.#log.breaking('field-removed', path, what)
  }

  #reportAdded(path: string, field: FieldContract): void {
    const presence = presenceOf(field)
    if (presence === 0) this.#log.compatible('field-added', path, 'is new')
    else this.#log.breaking('field-added', path, `is new and ${presences[presence].slice('is '.length)}`)
  }
}

/** What is said of a field of an input that may be absent, may be where its rules let it, and may not. */
const presences = ['is optional', 'is required where its rules say so', 'is required'] as const

function presenceOf({ required, undecided }: FieldContract): 0 | 1 | 2 {
  return required ? 2 : undecided ? 1 : 0
}

/** Whether every value of a scalar type or enum is one of another. */
function isAmong(written: TypeContract, read: TypeContract, { isText }: Form): boolean {
  if (typeof read !== 'string') return false
  if (typeof written === 'string') {
    // Both are numbers, of milliseconds and of bytes.
    if (read === 'number') return written === 'duration' || written === 'size'
    return isText === true && read === 'string' && scalars.has(written)
  }
  if (!('enum' in written)) return false
  return (isText === true && read === 'string') || written.enum.every((value) => typeof value === read)
}

function isPrimitive(type: TypeContract): boolean {
  return typeof type === 'string' ? primitives.has(type) : 'enum' in type
}

/** Longest path that is told whole, in characters: classes may be nested in each other without an end. */
const maxPathLength = 300

function shortened(path: string): string {
  return path.length <= maxPathLength ? path : `${path.slice(0, maxPathLength / 2)}…${path.slice(-maxPathLength / 3)}`
}

function elementOf(type: object & TypeContract): TypeContract | undefined {
  if ('array' in type) return type.array
  return 'set' in type ? type.set : undefined
}

function became(was: TypeContract, is: TypeContract): string {
  return `${printTypeContract(was)} became ${printTypeContract(is)}`
}

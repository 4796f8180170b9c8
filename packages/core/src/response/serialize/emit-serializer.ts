import { literal, member, Program } from '../../codegen/program.js'
import type { ObjectPlan, ValueType } from '../../contract/input-plan.js'
import { toItems, toRecord, variantOf } from './containers.js'
import { escaped, quote } from './json-text.js'
import { describeOutput, emptyText, nullText, refuse } from './misfit.js'
import { byIndex, outputFields, readShadowed, transform, type OutputField } from './output-fields.js'
import { rootLabel } from './project.js'
import { dateText, scalarText } from './scalar.js'

/** The functions of one serialiser: one for each class, list, set, map and union that the type leads to. */
export class SerializerEmitter {
  readonly program = new Program()
  /** Function by what it writes and the label that it knows; the label of a class is handed to its function. */
  readonly #functions = new Map<ObjectPlan | ValueType, Map<string, string>>()
  readonly #todo: (() => void)[] = []
  readonly #anyText: AnyText

  /** @param anyText  writes what nothing is declared of */
  constructor(anyText: AnyText) {
    this.#anyText = anyText
  }

  /** Emits the function that writes a whole answer. */
  emit(type: ValueType): string {
    const name = this.program.declare('write')
    const text = this.#value(type, 'value', rootLabel)
    this.program.define(name, 'value', ['if (value === undefined) return undefined', `return ${asText(type, text)}`])
    this.#emitRest()
    return name
  }

  /** Emits the function that writes an object of a class: its parameters are the object, and where it stands. */
  emitObject(plan: ObjectPlan): string {
    const name = this.#object(plan)
    this.#emitRest()
    return name
  }

  #emitRest(): void {
    for (let next = this.#todo.pop(); next; next = this.#todo.pop()) next()
  }

  /** An expression that gives the text of a variable which is not undefined, or a number that becomes its text when it is added to one. */
  #value(type: ValueType, value: string, label: string): string {
    switch (type.kind) {
      case 'string':
      case 'enum':
        return `(typeof ${value} === 'string' ? ${this.#helper(quote)}(${value}) : ${this.#scalar(type, value, label)})`
      case 'number':
      case 'duration':
      case 'size':
        return `(${isFinite(value)} ? ${value} : ${this.#scalar(type, value, label)})`
      case 'date': {
        const date = `${this.#helper(dateText)}(${value}, ${literal(label)}, ${literal(type.kind)})`
        return `(${value} instanceof Date ? ${date} : ${this.#scalar(type, value, label)})`
      }
      case 'boolean':
      case 'bigint':
        return this.#scalar(type, value, label)
      case 'any':
        return `${this.#helper(this.#anyText)}(${value}, ${literal(label)})`
      case 'object':
        return `${this.#object(type.plan())}(${value}, ${literal(label)})`
      default:
        return `${this.#composite(type, label)}(${value})`
    }
  }

  /** The same for a value of which nothing is known. */
  #scalar(type: ValueType, value: string, label: string): string {
    return `${this.#helper(scalarText)}(${value}, ${literal(label)}, ${literal(describeOutput(type))})`
  }

  #object(plan: ObjectPlan): string {
    return this.#once(plan, '', `write_${plan.type.name}`, (name) => {
      const isOther = `typeof object !== 'object' || object === null || Array.isArray(object)`
      const otherwise = `return ${this.#helper(nullText)}(object, at, ${literal(plan.type.name)})`
      const empty = `${this.#helper(emptyText)}(object, at, ${literal(plan.type.name)})`
      this.program.define(name, 'object, at', [
        `if (${isOther}) ${otherwise}`,
        ...this.#fields(outputFields(plan)),
        // Told by the length, which costs less than to look at the class of every object.
        `return text.length === 1 ? ${empty} : text + '}'`,
      ])
    })
  }

  /** Statements that add the fields of `object` to `text`. */
  #fields(fields: readonly (OutputField | Discriminator)[]): readonly string[] {
    const lines: string[] = [`let text = '{', value`]
    let state: 'empty' | 'unknown' | 'begun' = 'empty'
    for (const field of fields) {
      const key = `${JSON.stringify(field.name)}:`
      /** Text that begins with the name, after a comma where something stands before it. */
      const lead = (rest = '') => {
        const [first, further] = [literal(key + rest), literal(`,${key}${rest}`)]
        return state === 'begun' ? further : state === 'empty' ? first : `(text.length === 1 ? ${first} : ${further})`
      }
      if ('value' in field) {
        lines.push(`text += ${lead(JSON.stringify(field.value))}`)
        state = 'begun'
      } else {
        lines.push(`value = ${this.#read(field)}`, ...this.#field(field, lead))
        if (state === 'empty') state = 'unknown'
      }
    }
    return lines
  }

  /**
   * Statements that add one field unless it is undefined. Name and quotes are one literal, and the test for escapes stands in the
   * line: each part that is added apart is an object more.
   */
  #field({ type, label, transforms }: OutputField, lead: (rest?: string) => string): readonly string[] {
    const value = this.#value(type, 'value', label)
    const written = `if (value !== undefined) text += ${lead()} + `
    if (type.kind === 'any') return [`value = ${value}`, `${written}value`]
    const scalar = this.#scalar(type, 'value', label)
    // A function of the user's may make a scalar of an object or a list.
    if (transforms.length > 0 && isComposite(type))
      return [`${written}(typeof value === 'object' ? ${value} : ${scalar})`]
    switch (type.kind) {
      case 'string':
      case 'enum':
        return [
          `if (typeof value === 'string' && !${this.program.constant(escaped, 'escaped')}.test(value)) text += ${lead('"')} + value + '"'`,
          `else ${written}${scalar}`,
        ]
      case 'number':
      case 'duration':
      case 'size':
        return [`if (${isFinite('value')}) text += ${lead()} + value`, `else ${written}${scalar}`]
      case 'boolean':
        return [
          `if (value === true) text += ${lead('true')}`,
          `else if (value === false) text += ${lead('false')}`,
          `else ${written}${scalar}`,
        ]
      default:
        return [`${written}${value}`]
    }
  }

  #read({ property, isShadowed, transforms }: OutputField): string {
    const value = isShadowed
      ? `${this.#helper(readShadowed)}(object, ${literal(property)})`
      : member('object', property)
    if (transforms.length === 0) return value
    const list = this.program.constant(transforms, `transforms_${property}`)
    return `${this.#helper(transform)}(${value}, ${literal(property)}, object, ${list})`
  }

  #composite(type: Exclude<Composite, { readonly kind: 'object' }>, label: string): string {
    return this.#once(type, label, `write_${type.kind}_of_${label}`, (name) => {
      const expected = literal(describeOutput(type))
      const lines =
        type.kind === 'union'
          ? this.#union(type, label, expected)
          : type.kind === 'map'
            ? this.#map(type.element, label, expected)
            : this.#list(type.element, type.kind === 'set', label, expected)
      this.program.define(name, 'value', lines)
    })
  }

  #list(element: ValueType, isSet: boolean, label: string, expected: string): string[] {
    const otherwise = `return ${this.#helper(nullText)}(value, ${literal(label)}, ${expected})`
    const item = this.#value(element, 'item', `${label}[]`)
    const itemText = element.kind === 'any' ? `(${item} ?? 'null')` : `(item === undefined ? 'null' : ${item})`
    return [
      ...(isSet
        ? [`const items = ${this.#helper(toItems)}(value)`, `if (items === undefined) ${otherwise}`]
        : [`if (!Array.isArray(value)) ${otherwise}`, 'const items = value']),
      `let text = '[', item`,
      'for (let index = 0; index < items.length; index++) {',
      '  item = items[index]',
      `  if (index !== 0) text += ','`,
      `  text += ${itemText}`,
      '}',
      `return text + ']'`,
    ]
  }

  #map(element: ValueType, label: string, expected: string): string[] {
    const item = this.#value(element, 'item', `${label}[]`)
    return [
      `if (typeof value !== 'object' || value === null) return ${this.#helper(nullText)}(value, ${literal(label)}, ${expected})`,
      `const record = ${this.#helper(toRecord)}(value, ${literal(label)}, ${expected})`,
      `let text = '{', item`,
      `for (const key of ${this.#helper(Object.keys)}(record)) {`,
      '  item = record[key]',
      ...(element.kind === 'any' ? [`  item = ${item}`] : []),
      '  if (item === undefined) continue',
      `  text += (text.length === 1 ? '' : ',') + ${this.#helper(quote)}(key) + ':' + ${element.kind === 'any' ? 'item' : item}`,
      '}',
      `return text + '}'`,
    ]
  }

  #union(type: Extract<Composite, { readonly kind: 'union' }>, label: string, expected: string): string[] {
    const variant = this.program.constant(variantOf(type), 'variant')
    const { discriminator } = type
    const cases = [...type.variants].map(([name, plan]) => {
      const writer = this.program.declare(`write_${plan().type.name}`)
      this.#todo.push(() => {
        const others = outputFields(plan()).filter((field) => field.name !== discriminator)
        const fields = [{ name: discriminator, value: name }, ...others].sort(byIndex)
        this.program.define(writer, 'object', [...this.#fields(fields), `return text + '}'`])
      })
      return `  case ${literal(name)}: return ${writer}(value)`
    })
    const otherwise = `${this.#helper(refuse)}(value, ${literal(label)}, ${expected})`
    return [
      `if (typeof value !== 'object' || value === null) return ${this.#helper(nullText)}(value, ${literal(label)}, ${expected})`,
      `switch (${variant}(value)) {`,
      ...cases,
      `  default: return ${otherwise}`,
      '}',
    ]
  }

  /** Emits later, so that a class may lead to itself. */
  #once(key: ObjectPlan | ValueType, label: string, hint: string, define: (name: string) => void): string {
    const byLabel = this.#functions.get(key) ?? new Map<string, string>()
    this.#functions.set(key, byLabel)
    const known = byLabel.get(label)
    if (known !== undefined) return known
    const name = this.program.declare(hint)
    byLabel.set(label, name)
    this.#todo.push(() => define(name))
    return name
  }

  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- helpers are told apart by identity alone
  #helper(helper: Function): string {
    return this.program.constant(helper, helper.name)
  }
}

/** The text of any value; undefined for what JSON has no form of. `label` is for errors. */
export type AnyText = (value: unknown, label: string) => string | undefined

type Composite = Extract<ValueType, { readonly kind: 'array' | 'set' | 'map' | 'object' | 'union' }>

interface Discriminator {
  readonly name: string
  readonly value: string
}

function isComposite(type: ValueType): boolean {
  return ['array', 'set', 'map', 'object', 'union'].includes(type.kind)
}

/** False for NaN and the infinities, of which the difference is NaN. */
function isFinite(value: string): string {
  return `typeof ${value} === 'number' && ${value} - ${value} === 0`
}

/** Numbers become text by being added to a text, except where they stand alone. */
function asText(type: ValueType, text: string): string {
  return type.kind === 'number' || type.kind === 'duration' || type.kind === 'size' ? `'' + ${text}` : text
}

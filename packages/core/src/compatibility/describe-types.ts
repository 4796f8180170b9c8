import type { InputField, InputPlan } from '../contract/input-plan.js'
import type { FieldPlan, ObjectPlan } from '../contract/object-plan.js'
import type { ValueType } from '../contract/value-type.js'
import { isPlainText } from '../contract/plain-text.js'
import { isUndecided } from '../contract/required-field.js'
import type { DeclaredRule } from '../validation/rules.js'
import { sortedKeys } from './canonical.js'
import type { FieldContract, InputFieldContract, ObjectContract, TypeContract } from './contract.js'
import { describeRules } from './describe-rules.js'

/** Describes the types of one direction of one operation, and gathers the classes that they name. */
export class TypeDescriber {
  readonly #isInput: boolean
  readonly #names = new Map<ObjectPlan, string>()
  readonly #objects: Record<string, ObjectContract> = {}
  /** Described one after another: classes may be nested in each other more deeply than a stack could follow. */
  readonly #waiting: ObjectPlan[] = []

  constructor(direction: 'input' | 'output') {
    this.#isInput = direction === 'input'
  }

  /** The classes so far, by the names that types have for them; undefined where there are none. */
  get objects(): Readonly<Record<string, ObjectContract>> | undefined {
    return this.#names.size === 0 ? undefined : sortedKeys(this.#objects)
  }

  describeInput(plan: InputPlan): Readonly<Record<string, InputFieldContract>> {
    const fields = sorted(plan.fields).map((field) => [field.property, this.#inputField(field)] as const)
    this.#describeWaiting()
    return sortedKeys(Object.fromEntries(fields))
  }

  describeType(type: ValueType): TypeContract {
    const described = this.#type(type)
    this.#describeWaiting()
    return described
  }

  #type(type: ValueType): TypeContract {
    switch (type.kind) {
      case 'enum':
        return { enum: [...new Set(type.values)].sort(byValue) }
      case 'array':
        return { array: this.#type(type.element) }
      case 'set':
        return { set: this.#type(type.element) }
      case 'map':
        return { map: this.#type(type.element) }
      case 'object':
        return { object: this.#nameOf(type.plan()) }
      case 'union': {
        const variants = [...type.variants].sort(([a], [b]) => (a < b ? -1 : 1))
        const union = Object.fromEntries(variants.map(([name, plan]) => [name, this.#nameOf(plan())]))
        return { union, by: type.discriminator }
      }
      default:
        return type.kind
    }
  }

  #inputField(field: InputField): InputFieldContract {
    const { source, isWildcard } = field
    const isJson = source !== 'body' && !isPlainText(field)
    return {
      from: source,
      ...this.#field(field),
      ...(isWildcard ? { takesAll: true } : {}),
      ...(isJson ? { json: true } : {}),
    }
  }

  #field(field: FieldPlan): FieldContract {
    const { property, name, type, isRequired, nullable, rules } = field
    // What an output is held to nobody checks, and what an initialiser gives may be another value in every process.
    const { narrowed, rest } = this.#isInput ? narrow(type, rules) : { narrowed: type, rest: [] }
    const described = describeRules(rest, narrowed)
    return {
      ...(name === property ? {} : { name }),
      type: this.#type(narrowed),
      ...(this.#isInput && isRequired ? { required: true } : {}),
      ...(this.#isInput && isUndecided(field) ? { undecided: true } : {}),
      ...(!this.#isInput && rules.some(({ name }) => name === 'isOptional') ? { optional: true } : {}),
      ...(nullable ? { nullable: true } : {}),
      ...(described.length > 0 ? { rules: described } : {}),
    }
  }

  /** The name of a class, with a number where another one has it. */
  #nameOf(plan: ObjectPlan): string {
    const known = this.#names.get(plan)
    if (known !== undefined) return known
    const taken = new Set(this.#names.values())
    let name = plan.type.name
    for (let number = 2; taken.has(name); number++) name = `${plan.type.name}#${number}`
    this.#names.set(plan, name)
    this.#waiting.push(plan)
    return name
  }

  #describeWaiting(): void {
    // The iterator also visits what is added while it runs.
    for (const plan of this.#waiting) {
      const fields = sorted(plan.fields).map((field) => [field.property, this.#field(field)] as const)
      this.#objects[this.#names.get(plan)!] = sortedKeys(Object.fromEntries(fields))
    }
    this.#waiting.length = 0
  }
}

/** Sorted before they are described, since the numbers of classes go by the order. */
function sorted<F extends FieldPlan>(fields: readonly F[]): readonly F[] {
  return [...fields].sort((a, b) => (a.property < b.property ? -1 : 1))
}

/** `@IsIn` of a text or number says what an enum says. */
function narrow(
  type: ValueType,
  rules: readonly DeclaredRule[],
): { readonly narrowed: ValueType; readonly rest: readonly DeclaredRule[] } {
  const listed = rules.find(({ name, isBuiltIn, validateIf }) => name === 'isIn' && isBuiltIn && !validateIf)
  const values: unknown = listed?.constraints?.[0]
  if (!listed || !Array.isArray(values) || rules.some(({ name }) => name === 'conditionalValidation')) {
    return { narrowed: type, rest: rules }
  }
  const isElement = listed.each && 'element' in type
  const kind = isElement ? type.element.kind : listed.each ? undefined : type.kind
  if ((kind !== 'string' && kind !== 'number') || !values.every((value) => typeof value === kind)) {
    return { narrowed: type, rest: rules }
  }
  const choice: ValueType = { kind: 'enum', values: values as (string | number)[] }
  return { narrowed: isElement ? { ...type, element: choice } : choice, rest: rules.filter((rule) => rule !== listed) }
}

function byValue(a: string | number, b: string | number): number {
  return typeof a === typeof b ? (a < b ? -1 : 1) : typeof a < typeof b ? -1 : 1
}

import { emitItemRule } from '../../validation/emit-rule.js'
import type { Rule } from '../../validation/rules.js'
import type { Program } from '../../codegen/program.js'
import { typeRules } from '../../contract/type-rules.js'
import { FieldComplaints } from '../field-complaints.js'
import { leave } from '../findings.js'
import type { BindMode } from '../mode.js'
import type { PreparedField } from '../prepare.js'
import type { ObjectScope, Scope } from './scope.js'

/** What the emitters of one field know: the statements that give it up, each with what it is told by. */
export class FieldScope implements Scope {
  readonly program: Program
  readonly mode: BindMode
  readonly target: string
  readonly found: string
  readonly refusals: string
  readonly hasAccessors: boolean
  readonly tells: boolean
  readonly nested: ObjectScope['nested']
  readonly leave: string
  readonly refuse: string
  readonly refuseAbsence: string
  readonly #field: PreparedField
  readonly #index: number
  readonly #value: string
  /** Undefined where only the interpreter can say what is wrong. */
  readonly #complaints: FieldComplaints | undefined

  /**
   * @param read  the expression of the raw value
   * @param value  the variable of the value, which is also the label to break to
   */
  constructor(field: PreparedField, index: number, read: string, value: string, object: ObjectScope) {
    this.program = object.program
    this.mode = object.mode
    this.target = object.target
    this.found = object.found
    this.refusals = object.refusals
    this.hasAccessors = object.hasAccessors
    this.tells = object.tells
    this.nested = object.nested
    this.#field = field
    this.#value = value
    this.#index = index
    const { tells, mode } = object
    const complaints = tells && !field.isWildcard ? new FieldComplaints(field, index, mode) : undefined
    this.#complaints = complaints
    this.leave = this.#give(leave, 'leave', String(index))
    this.refuse = complaints && tellsType(field, mode) ? this.#refuseType(complaints, read) : this.leave
    this.refuseAbsence = complaints ? this.#give(complaints.ofAbsence, 'absence', 'undefined') : this.leave
  }

  /** Of most enums one rule says the type: emitted code asks it in a tenth of the time. */
  #refuseType(complaints: FieldComplaints, read: string): string {
    const { type, all } = this.#field
    const note = this.#note(complaints.ofType, 'type', read)
    const [rule, ...others] = all.rules.filter(({ name }) => typeRules.has(name))
    if (type.kind !== 'enum' || this.mode.text !== 'strict' || !rule || rule.each || others.length > 0) {
      return giveUp([note], this.#value)
    }
    const check = emitItemRule(rule, this.#value, 'unknown', this.program)
    return giveUp([`if (${this.#value} === null || ${check}) ${note}; else ${this.noteRule(rule)}`], this.#value)
  }

  /** Notes that the value breaks the rule, as a statement that does not give the field up. */
  noteRule(rule: Rule): string {
    return this.#complaints
      ? this.#note(this.#complaints.ofRule(rule), rule.name, this.#value)
      : this.#note(leave, 'leave', String(this.#index))
  }

  readonly refuseObject = (raw: string, compiled: string): string =>
    this.#complaints && tellsBelow(this.#field)
      ? this.#give(this.#complaints.ofObject, 'object', raw, compiled, this.refusals)
      : this.leave

  readonly refuseItem = (items: string, index: string, compiled: string): string =>
    this.#complaints && tellsBelow(this.#field)
      ? this.#give(this.#complaints.ofItems, 'items', items, index, compiled, this.refusals)
      : this.leave

  #give(tell: unknown, what: string, ...args: readonly string[]): string {
    return giveUp([this.#note(tell, what, ...args)], this.#value)
  }

  #note(tell: unknown, what: string, ...args: readonly string[]): string {
    const name = this.program.constant(tell, tell === leave ? what : `${this.#field.property}_${what}`)
    return `${this.found} = ${name}(${[this.found, ...args].join(', ')})`
  }
}

/** A block of statements, the last of which leaves the block of the field. */
export function giveUp(statements: readonly string[], label: string): string {
  return `{ ${statements.join('; ')}; break ${label} }`
}

/** What is judged is what was read: no transform has changed it, and no form has made a list of it. */
function tellsType({ plan, isScalar }: PreparedField, mode: BindMode): boolean {
  return plan.transforms.length === 0 && (isScalar || !mode.isForm)
}

/** What rules say of any object, and of any list of objects that has an item. */
const objectRules: ReadonlySet<string> = new Set(['isObject', 'isDefined', 'isNotEmpty'])
const listRules: ReadonlySet<string> = new Set([
  'isArray',
  'isDefined',
  'isNotEmpty',
  'arrayMinSize',
  'arrayMaxSize',
  'arrayNotEmpty',
])

/** Whether nothing but what is below the field can be wrong. Without a name of its own its path begins below. */
function tellsBelow({ name, type, all }: PreparedField): boolean {
  if (name === '') return false
  const own = type.kind === 'array' || type.kind === 'set' ? listRules : objectRules
  return all.rules.every((rule) => (rule.each && 'element' in type ? objectRules : own).has(rule.name))
}

import { literal, type Program } from '../../codegen/program.js'
import type { KnownType } from '../emit-rule.js'
import type { Rule } from '../rules.js'

/** A rule where its check is emitted, about one value: the field's, or one item's of a rule with `each`. */
export class EmittedCheck {
  constructor(
    readonly rule: Rule,
    /** The variable that holds the value. */
    readonly value: string,
    readonly known: KnownType,
    readonly program: Program,
  ) {}

  /** An argument of the decorator. */
  argument(index: number): unknown {
    return this.rule.constraints?.[index]
  }

  /** Text that stands for a value of the metadata. */
  constant(value: unknown, hint: string): string {
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'undefined':
        return literal(value)
      default:
        return value === null ? 'null' : this.program.constant(value, hint)
    }
  }

  /** A call of class-validator's own validator: right for every rule, and every argument that a decorator was given. */
  original(): string {
    const { rule, program } = this
    const args = program.constant(argumentsOf(rule), 'args')
    return `${program.constant(rule.validate, rule.name)}(${this.value}, ${args})`
  }

  /** `test`, where the value is of the type; the type is only asked for where it is not known. */
  when(type: 'string' | 'number' | 'boolean', test: string): string {
    if (this.known === type) return test
    return this.known === 'unknown' ? `typeof ${this.value} === "${type}" && ${test}` : 'false'
  }
}

const argumentsByRule = new WeakMap<Rule, object>()

/** One object for each rule: class-validator's own validators look at the arguments of the decorator and at nothing else. */
export function argumentsOf(rule: Rule): object {
  let args = argumentsByRule.get(rule)
  if (!args) argumentsByRule.set(rule, (args = { constraints: rule.constraints }))
  return args
}

/**
 * Text of an expression that is true only where the rule holds; undefined where the arguments are not those that the text would be
 * about, so that the original has to judge.
 */
export type RuleEmitter = (check: EmittedCheck) => string | undefined

import { literal, Program } from '../../codegen/program.js'
import type { ObjectPlan } from '../../contract/object-plan.js'
import type { CompositeType, ValueType } from '../../contract/value-type.js'
import { emitList } from './emit/emit-list.js'
import { emitMap } from './emit/emit-map.js'
import { emitObject } from './emit/emit-object.js'
import { emitScalar } from './emit/emit-scalar.js'
import { emitUnion } from './emit/emit-union.js'
import { declareNames, type Scope } from './emit/scope.js'
import { rootLabel } from './project.js'

/** The text of any value; undefined for what JSON has no form of. `label` is for errors. */
export type AnyText = (value: unknown, label: string) => string | undefined

/** The functions of one serialiser: one for each class, list, set, map and union that the type leads to. */
export class SerializerEmitter {
  readonly program = new Program()
  readonly #scope: Scope
  readonly #anyText: AnyText
  /** Function by what it writes and the label that it knows; the label of a class is handed to its function. */
  readonly #functions = new Map<ObjectPlan | ValueType, Map<string, string>>()
  readonly #todo: (() => void)[] = []

  /**
   * @param anyText  writes what nothing is declared of
   * @param isExact  what reading would not give back is refused
   */
  constructor(anyText: AnyText, isExact: boolean) {
    const { program } = this
    this.#anyText = anyText
    this.#scope = {
      program,
      names: declareNames(program),
      isExact,
      value: (type, variable, label) => this.#value(type, variable, label),
      object: (plan) => this.#object(plan),
      later: (hint, define) => this.#later(hint, define),
      helper: (helper) => program.constant(helper, helper.name),
    }
  }

  /** Emits the function that writes a whole answer. */
  emit(type: ValueType): string {
    const { value } = this.#scope.names
    const name = this.program.declare('write')
    this.program.define(name, value, [
      `if (${value} === undefined) return undefined`,
      `return ${textOf(type, this.#value(type, value, rootLabel))}`,
    ])
    this.#emitRest()
    return name
  }

  /** Emits the function that writes an object of a class: its parameters are the object, and where it stands. */
  emitObject(plan: ObjectPlan): string {
    const name = this.#object(plan)
    this.#emitRest()
    return name
  }

  #value(type: ValueType, variable: string, label: string): string {
    switch (type.kind) {
      case 'any':
        return `${this.#scope.helper(this.#anyText)}(${variable}, ${literal(label)})`
      case 'object':
        return `${this.#object(type.plan())}(${variable}, ${literal(label)})`
      case 'array':
      case 'set':
      case 'map':
      case 'union':
        return `${this.#container(type, label)}(${variable})`
      default:
        return emitScalar(type, variable, label, this.#scope)
    }
  }

  #object(plan: ObjectPlan): string {
    const { object, at } = this.#scope.names
    return this.#once(plan, '', `write_${plan.type.name}`, (name) => {
      this.program.define(name, `${object}, ${at}`, emitObject(plan, this.#scope))
    })
  }

  #container(type: Container, label: string): string {
    return this.#once(type, label, `write_${type.kind}_of_${label}`, (name) => {
      this.program.define(name, this.#scope.names.value, emitContainer(type, label, this.#scope))
    })
  }

  #once(key: ObjectPlan | ValueType, label: string, hint: string, define: (name: string) => void): string {
    const byLabel = this.#functions.get(key) ?? new Map<string, string>()
    this.#functions.set(key, byLabel)
    let name = byLabel.get(label)
    if (name === undefined) byLabel.set(label, (name = this.#later(hint, define)))
    return name
  }

  /** Not at once, so that a class may lead to itself. */
  #later(hint: string, define: (name: string) => void): string {
    const name = this.program.declare(hint)
    this.#todo.push(() => define(name))
    return name
  }

  #emitRest(): void {
    for (let next = this.#todo.pop(); next; next = this.#todo.pop()) next()
  }
}

type Container = Exclude<CompositeType, { readonly kind: 'object' }>

function emitContainer(type: Container, label: string, scope: Scope): readonly string[] {
  switch (type.kind) {
    case 'union':
      return emitUnion(type, label, scope)
    case 'map':
      return emitMap(type, label, scope)
    default:
      return emitList(type, label, scope)
  }
}

/** Numbers become text by being added to a text, except where they stand alone. */
function textOf({ kind }: ValueType, expression: string): string {
  return kind === 'number' || kind === 'duration' || kind === 'size' ? `'' + ${expression}` : expression
}

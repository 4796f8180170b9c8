import { canGenerateCode, Program } from '../codegen/program.js'
import type { ObjectPlan } from '../contract/object-plan.js'
import { emitObject } from './emit/emit-object.js'
import type { NestedCode, ObjectScope } from './emit/scope.js'
import { modeIndex, type BindMode } from './mode.js'
import { prepare, type PreparedObject } from './prepare.js'
import type { Refusals } from './refusals.js'

/** Whether emitted code serves. The interpreter alone serves where code may not be generated, and as the oracle of tests. */
export type Engine = 'compiled' | 'interpreted'

export const defaultEngine: Engine = canGenerateCode ? 'compiled' : 'interpreted'

/**
 * The compiled function of one class in one mode. The first input is left to the interpreter: to emit and compile takes as long as
 * to interpret thirty inputs, and much is bound once, such as configuration, or never, such as the DTOs of a server that just starts.
 */
export class CompiledObject {
  readonly object: PreparedObject
  readonly #mode: BindMode

  /** Gives a filled and checked instance, or undefined where anything is not right. */
  bind: (raw: unknown, refusals: Refusals, discriminator?: string) => object | undefined = () => {
    this.bind = (raw, refusals, discriminator) => this.compile().bind(raw, refusals, discriminator)
    return undefined
  }

  constructor(plan: ObjectPlan, mode: BindMode) {
    this.object = prepare(plan)
    this.#mode = mode
  }

  compile(): this {
    const program = new Program()
    this.bind = program.compile(this.#emit(program))
    return this
  }

  text(): string {
    const program = new Program()
    this.#emit(program)
    return program.text()
  }

  #emit(program: Program): string {
    return nestedIn(program)(this.object.plan, this.#mode).bind
  }
}

const compiled = new WeakMap<ObjectPlan, (CompiledObject | undefined)[]>()

/** One per class and mode, whatever number of operations takes it. */
export function compiledObject(plan: ObjectPlan, mode: BindMode): CompiledObject {
  let modes = compiled.get(plan)
  if (!modes) compiled.set(plan, (modes = []))
  return (modes[modeIndex(mode)] ??= new CompiledObject(plan, mode))
}

/**
 * What emits the classes of one program, each once. A class is compiled again for each operation that takes it: a call from program to
 * program would cost each nested object 10 ns.
 */
export function nestedIn(program: Program): ObjectScope['nested'] {
  const known = new Map<CompiledObject, NestedCode>()
  const nested: ObjectScope['nested'] = (plan, mode) => {
    const own = compiledObject(plan, mode)
    let code = known.get(own)
    if (code === undefined) {
      const { name } = plan.type
      code = { bind: program.declare(`bind_${name}`), compiled: program.constant(own, `${name}_code`) }
      // Before it is emitted: a class may hold itself.
      known.set(own, code)
      emitObject(program, code, own.object, mode, nested)
    }
    return code
  }
  return nested
}

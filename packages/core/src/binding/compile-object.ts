import { canGenerateCode, type Program } from '../codegen/program.js'
import type { ObjectPlan } from '../contract/object-plan.js'
import { emitObject } from './emit/emit-object.js'
import type { NestedCode, ObjectScope } from './emit/scope.js'
import { LazyCode } from './lazy-code.js'
import type { BindMode } from './mode.js'
import { perMode } from './per-mode.js'
import { prepare, type PreparedObject } from './prepare.js'
import type { Refusals } from './refusals.js'

/** Whether emitted code serves. The interpreter alone serves where code may not be generated, and as the oracle of tests. */
export type Engine = 'compiled' | 'interpreted'

export const defaultEngine: Engine = canGenerateCode ? 'compiled' : 'interpreted'

/** The compiled function of one class in one mode. */
export class CompiledObject extends LazyCode<[raw: unknown, refusals: Refusals, discriminator?: string]> {
  readonly object: PreparedObject
  readonly mode: BindMode

  constructor(plan: ObjectPlan, mode: BindMode) {
    super()
    this.object = prepare(plan)
    this.mode = mode
  }

  protected override emit(program: Program): string {
    return nestedIn(program)(this.object.plan, this.mode).bind
  }
}

export const compiledObject = perMode((plan: ObjectPlan, mode) => new CompiledObject(plan, mode))

/**
 * What emits the classes of one program, each once. A class is compiled again for each operation that takes it: a call from program to
 * program would cost each nested object 10 ns.
 */
export function nestedIn(program: Program): ObjectScope['nested'] {
  const known = new Map<CompiledObject, NestedCode>()
  // Emitted one after another: classes may be nested in each other more deeply than a stack could follow.
  const waiting = new Set<CompiledObject>()
  const emitWaiting = (): void => {
    for (const one of waiting) emitObject(program, known.get(one)!, one.object, one.mode, nested)
    waiting.clear()
  }
  const nested: ObjectScope['nested'] = (plan, mode) => {
    const own = compiledObject(plan, mode)
    let code = known.get(own)
    if (code === undefined) {
      const { name } = plan.type
      code = { bind: program.declare(`bind_${name}`), compiled: program.constant(own, `${name}_code`) }
      // Before it is emitted: a class may hold itself.
      known.set(own, code)
      waiting.add(own)
      if (waiting.size === 1) emitWaiting()
    }
    return code
  }
  return nested
}

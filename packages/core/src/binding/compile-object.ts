import { canGenerateCode, Program } from '../codegen/program.js'
import type { ObjectPlan } from '../contract/input-plan.js'
import { emitObject, type Refused } from './emit/emit-object.js'
import { modeIndex, type BindMode } from './mode.js'
import { prepare, type PreparedObject } from './prepare.js'

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
  bind: (raw: unknown, discriminator?: string) => object | undefined = () => {
    this.bind = (raw, discriminator) => this.compile().bind(raw, discriminator)
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
    return emitObject(program, this.object, this.#mode, compiledName(program), refusedBy(this))
  }
}

const compiled = new WeakMap<ObjectPlan, (CompiledObject | undefined)[]>()

/** One per class and mode, whatever number of operations takes it. */
export function compiledObject(plan: ObjectPlan, mode: BindMode): CompiledObject {
  let modes = compiled.get(plan)
  if (!modes) compiled.set(plan, (modes = []))
  return (modes[modeIndex(mode)] ??= new CompiledObject(plan, mode))
}

/** Names what binds a nested class in the text of a program. */
export function compiledName(program: Program): (plan: ObjectPlan, mode: BindMode) => string {
  return (plan, mode) => program.constant(compiledObject(plan, mode), plan.type.name)
}

/** An instance that emitted code could fill in part. */
export interface Refusal {
  readonly raw: object
  /** What has refused it. */
  readonly by: object
  readonly target: object
  /** Indices of the fields that are not right; the others are, except for what is late. */
  readonly wrong: readonly number[]
}

/** What holds others is refused behind them and taken first, so the end is the place to look. */
let refusals: Refusal[] = []

const mostRefusals = 1_000

/** Keeps what emitted code has found out about an object for the interpreter. */
export function refusedBy(by: object): Refused {
  return (raw, target, wrong) => {
    // So many are left only by inputs that ended with an exception. To forget one costs time, nothing else.
    if (refusals.length >= mostRefusals) refusals = []
    refusals.push({ raw, by, target, wrong })
  }
}

/**
 * What has been found out about an object by the code that refused it. To ask that code again on every level down to the fault
 * would cost the square of the depth.
 */
export function takeRefusal(raw: object, by: object): Refusal | undefined {
  const last = refusals.at(-1)
  if (last?.raw === raw && last.by === by) return refusals.pop()
  const index = refusals.findLastIndex((refusal) => refusal.raw === raw && refusal.by === by)
  // Data that is not JSON may hold an object twice, which makes two instances.
  return index < 0 ? undefined : refusals.splice(index, 1)[0]
}

export function isRefused(raw: unknown): boolean {
  for (let index = refusals.length - 1; index >= 0; index--) if (refusals[index]!.raw === raw) return true
  return false
}

/** To be called when an input has been interpreted. */
export function forgetRefusals(): void {
  if (refusals.length > 0) refusals = []
}

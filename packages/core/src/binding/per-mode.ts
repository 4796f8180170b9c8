import { modeIndex, type BindMode } from './mode.js'

/** What `create` makes of a plan, once for each plan and mode, whatever number of operations takes it. */
export function perMode<P extends object, T>(create: (plan: P, mode: BindMode) => T): (plan: P, mode: BindMode) => T {
  const known = new WeakMap<P, (T | undefined)[]>()
  return (plan, mode) => {
    let modes = known.get(plan)
    if (!modes) known.set(plan, (modes = []))
    return (modes[modeIndex(mode)] ??= create(plan, mode))
  }
}

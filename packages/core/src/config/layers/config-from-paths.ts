import { isRecord } from '../../objects/is-record.js'
import { parsePath, type ConfigPath } from '../tree/config-path.js'

/**
 * Values as a configuration is written, one object for each of the paths, such as `apps.api.limits.keys` or `services["my.db"].poolSize`:
 * what {@link ConfigSource.read} gives. A longer path goes over a shorter one, a later one over an earlier one.
 * @throws TypeError when a text is no path, or leads into a list other than `apps`
 */
export function configFromPaths(values: Iterable<readonly [path: string, value: unknown]>): readonly object[] {
  const parsed = Array.from(values, ([path, value]) => [stepsOf(path), value] as const)
  return parsed.sort(([a], [b]) => a.length - b.length).map(([steps, value]) => valueAt(steps, structuredClone(value)))
}

function stepsOf(text: string): readonly string[] {
  const path = parsePath(text)
  if (!path || !areNames(path)) {
    throw new TypeError(`${JSON.stringify(text)} is no path of names such as apps.api.limits.keys`)
  }
  return path
}

function areNames(path: ConfigPath): path is readonly string[] {
  return path.every((step) => typeof step === 'string' && step !== '__proto__')
}

function valueAt(steps: readonly string[], value: unknown): object {
  const [section, name, ...inApp] = steps
  if (section !== 'apps' || name === undefined) return nest(steps, value) as object
  const app = nest(inApp, value)
  return { apps: [isRecord(app) ? { name, ...app } : app] }
}

function nest(steps: readonly string[], value: unknown): unknown {
  return steps.reduceRight((below, step) => ({ [step]: below }), value)
}

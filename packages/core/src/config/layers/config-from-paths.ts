import { isRecord } from '../../objects/is-record.js'
import { parsePath, type ConfigPath } from '../tree/config-path.js'

type Values = Record<string, unknown>

/**
 * Values as a configuration is written, from those of single paths such as `apps.api.limits.keys` or `services["my.db"].poolSize`.
 * A longer path goes over a shorter one, a later one over an earlier one.
 * @throws TypeError when a text is no path, or leads into a list other than `apps`
 */
export function configFromPaths(values: Iterable<readonly [path: string, value: unknown]>): object {
  const root: Values = {}
  const parsed = Array.from(values, ([path, value]) => [stepsOf(path), value] as const)
  for (const [steps, value] of parsed.sort(([a], [b]) => a.length - b.length)) put(root, steps, value)
  const { apps } = root
  if (isRecord(apps)) root.apps = Object.entries(apps).map(([name, app]) => (isRecord(app) ? { name, ...app } : app))
  return root
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

function put(root: Values, steps: readonly string[], value: unknown): void {
  let map = root
  for (const step of steps.slice(0, -1)) {
    const below = Object.hasOwn(map, step) ? map[step] : undefined
    map = map[step] = isRecord(below) ? below : {}
  }
  map[steps.at(-1)!] = structuredClone(value)
}

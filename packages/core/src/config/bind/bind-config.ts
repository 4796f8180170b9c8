import { bindObject } from '../../binding/bind.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { Class } from '../../decorators/metadata.js'
import type { LokstraError } from '../../errors/lokstra-error.js'
import type { Locate } from '../tree/config-path.js'
import { ConfigReport } from './config-report.js'

/** Those of values with mistakes. */
const incomplete = new WeakSet()

/** Whether a typed configuration holds all that was written for it. */
export function isComplete(config: object): boolean {
  return !incomplete.has(config)
}

/** What was written for one class of configuration. */
export interface ConfigEntry {
  /** Undefined for nothing. */
  readonly values: unknown
  /** Place of a value in the configuration or, whatever the path, in the code. */
  readonly locate: Locate
  /** What error messages put in front of a path, such as `services.db`. */
  readonly label: string
}

/**
 * Makes the typed configuration of a service, middleware or mount. Unknown keys are refused; text such as `"10"` is read as
 * the number or boolean that a field asks for.
 * @param problems  receives every mistake; the object returned then holds what could be read
 */
export function bindConfig<T extends object>(
  configClass: Class<T>,
  { values, locate, label }: ConfigEntry,
  problems: LokstraError[],
): T {
  const plan = readObjectPlan(configClass, problems, locate([]))
  const bound = bindObject(plan, values ?? {}, { unknown: 'reject', text: 'convert' })
  new ConfigReport(problems, locate, label).issues(bound.issues)
  const config = bound.value as T
  if (bound.issues.length > 0) incomplete.add(config)
  return config
}

/** Refuses every key, for what has no class of a configuration. */
export function refuseConfig({ values, locate, label }: ConfigEntry, problems: LokstraError[]): void {
  const report = new ConfigReport(problems, locate, label)
  for (const key of Object.keys(values ?? {})) report.unknownKey([key], [])
}

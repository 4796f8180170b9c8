import { describeValue } from '../config/bind/describe-value.js'
import { formatPath } from '../config/tree/config-path.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { ValueChange } from './value-changes.js'

/** A value that a new configuration changes. */
export interface ConfigChange {
  /** Such as `apps.api.limits.body`. */
  readonly path: string
  /** As errors show values: secrets masked, long text cut; `nothing` where there was none. */
  readonly previous: string
  readonly next: string
}

/** What came of reading the configuration again. */
export interface ReloadReport {
  /** `refused`: there are problems, and the previous configuration stays. */
  readonly outcome: 'applied' | 'unchanged' | 'refused'
  /** All that differs from the configuration that was there before. */
  readonly changes: readonly ConfigChange[]
  /** Paths of the changes that count from now on. */
  readonly applied: readonly string[]
  /** Paths whose configured values count after a restart only, those of earlier changes included. */
  readonly needsRestart: readonly string[]
  /** Why it was refused, all at once. */
  readonly problems: readonly LokstraError[]
}

/** How the configuration is read again. */
export interface ReloadOptions {
  /** Whether a refusal is logged. Default true; false for whoever shows the report itself. */
  readonly logRefusal?: boolean
}

/** @param isSecret  whether a secret provider gave the value at the path before, or gives it now */
export function describeChange({ path, previous, next }: ValueChange, isSecret: boolean): ConfigChange {
  const describe = (value: unknown) => describeValue(value, path, isSecret)
  return { path: formatPath(path), previous: describe(previous), next: describe(next) }
}

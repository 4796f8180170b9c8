import { isDeepStrictEqual } from 'node:util'

import type { Assembly } from '../assembly/assemble.js'
import { formatPath, parsePath, type ConfigPath } from '../config/tree/config-path.js'
import type { ConfigurationParts } from '../config/view/configuration.js'
import { hooksOf } from '../container/hooks.js'
import type { Started } from '../server/lifecycle.js'
import { changedCertificates } from './live-apps.js'
import { isLive, matchParts, type LivePart } from './live-values.js'
import { plainConfig, valueAt, type PlainConfig } from './plain-config.js'
import type { HookCall } from './reload-hooks.js'
import { changesBetween, type ValueChange } from './value-changes.js'
import { describeChange, type ConfigChange } from './reload-report.js'

/** The values of a configuration that was accepted; its routes are not kept. */
export interface Accepted {
  readonly values: PlainConfig
  /** Whether a secret provider gave the value at a path, or a part of it. */
  readonly isSecret: (path: ConfigPath) => boolean
  /** What can be looked at. */
  readonly shown: ConfigurationParts
}

/** An assembly with the values of its configuration. */
export interface Configured extends Accepted {
  readonly assembly: Assembly
}

export function configured(assembly: Assembly): Configured {
  return { assembly, values: plainConfig(assembly.config), isSecret: assembly.isSecret, shown: assembly.shown }
}

/** The way from one configuration to the next: what differs, and what of it can count while the server runs. */
export class Transition {
  readonly next: Configured
  /** All that differs from the configuration before. */
  readonly changes: readonly ValueChange[]
  readonly parts: readonly LivePart[]
  readonly #running: Configured
  readonly #before: Accepted
  /** Their files may change where the configuration does not. */
  readonly #certificates: readonly string[]

  /**
   * @param running  what the server was started from
   * @param before  what was accepted last; of its values some may not count yet
   */
  constructor(running: Configured, before: Accepted, next: Configured) {
    this.next = next
    this.#running = running
    this.#before = before
    this.changes = changesBetween(before.values, next.values)
    this.parts = matchParts(running.assembly, next.assembly)
    this.#certificates = changedCertificates(running.assembly, next.assembly)
  }

  get isEmpty(): boolean {
    return this.changes.length === 0 && this.#certificates.length === 0
  }

  /** The changes as they are shown. */
  get described(): readonly ConfigChange[] {
    const isSecret = (path: ConfigPath) => this.#before.isSecret(path) || this.next.isSecret(path)
    return this.changes.map((change) => describeChange(change, isSecret(change.path)))
  }

  /** Paths of the changes that count at once. */
  get live(): readonly string[] {
    const paths = this.changes.flatMap(({ path }) => (this.#isLive(path) ? formatPath(path) : []))
    return [...new Set([...paths, ...this.#certificates])]
  }

  /** Paths of the changes that count after a restart only. */
  get waiting(): readonly string[] {
    return this.#waitingOf(this.changes)
  }

  /** Paths of all that is configured and does not count yet, since earlier changes as well. */
  get needsRestart(): readonly string[] {
    return this.#waitingOf(changesBetween(this.#running.values, this.next.values))
  }

  /** The hooks that are to be told, in the order of `started`. */
  hookCalls(started: readonly Started[]): readonly HookCall[] {
    return started.flatMap(({ definition, instance }) => {
      if (definition.value) return []
      const part = this.parts.find((one) => one.definition === definition)
      return hooksOf(instance, 'configReload').flatMap((hook): HookCall[] => {
        const call = { definition, instance, hook }
        if (hook.path === undefined) {
          const [previous, next] = [definition.config, part?.next?.config]
          if (!previous || !next || !differs(previous, next, hook.keys)) return []
          return [{ ...call, where: part?.next?.configuredAt, previous, next }]
        }
        const path = parsePath(hook.path) ?? []
        const [previous, next] = [this.#before, this.next].map(({ values }) => valueAt(values, path))
        return isDeepStrictEqual(previous, next) ? [] : [{ ...call, previous, next }]
      })
    })
  }

  #waitingOf(changes: readonly ValueChange[]): readonly string[] {
    return changes.flatMap(({ path }) => (this.#isLive(path) ? [] : formatPath(path)))
  }

  #isLive(path: ConfigPath): boolean {
    return isLive(path, this.#running.assembly, this.next.assembly, this.parts)
  }
}

function differs(previous: object, next: object, keys: readonly string[] | undefined): boolean {
  if (!keys) return !isDeepStrictEqual(previous, next)
  const [from, to] = [previous, next] as [Record<string, unknown>, Record<string, unknown>]
  return keys.some((key) => !isDeepStrictEqual(from[key], to[key]))
}

import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { glob } from 'tinyglobby'

import type { Class } from '../decorators/metadata.js'
import { readModule } from '../decorators/module.js'
import { readOperations } from '../decorators/route.js'
import { readService } from '../decorators/service.js'
import { readRoute } from '../contract/read-operations.js'
import { E_IMPORT_CYCLE } from '../errors/catalogue/container.js'
import { E_DISCOVER_IMPORT, E_DISCOVER_NOTHING } from '../errors/catalogue/lifecycle.js'
import { CallSite } from '../errors/call-site.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'

/** Decorated classes, sorted by what they are. A published service is in two lists. */
export interface Discovered {
  readonly services: readonly Class[]
  readonly controllers: readonly Class[]
  readonly modules: readonly Class[]
}

/** Imports the files that match and collects the decorated classes they export. Files load in the order of their paths. */
export async function discover(
  patterns: readonly string[],
  folder: string,
  problems: LokstraError[],
): Promise<Discovered> {
  if (patterns.length === 0) return sortClasses([])
  const files = await glob([...patterns], { cwd: folder, absolute: true, ignore: ['**/node_modules/**', '**/*.d.ts'] })
  if (files.length === 0) {
    problems.push(lokstraError(E_DISCOVER_NOTHING, { patterns: patterns.join(', '), folder }))
  }
  const classes = new Set<Class>()
  const causes = new Set<unknown>()
  for (const file of files.sort()) {
    try {
      const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
      for (const value of Object.values(exported)) if (isClass(value)) classes.add(value)
    } catch (error) {
      // A file that fails fails each one that imports it, with the same error.
      if (!causes.has(error)) problems.push(importError(relative(folder, file), error))
      causes.add(error)
    }
  }
  return sortClasses([...classes])
}

export function sortClasses(classes: readonly Class[]): Discovered {
  return {
    services: classes.filter((type) => readService(type) !== undefined),
    controllers: classes.filter((type) => readRoute(type) !== undefined && readOperations(type).length > 0),
    modules: classes.filter((type) => readModule(type) !== undefined),
  }
}

export function isClass(value: unknown): value is Class {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

function importError(file: string, error: unknown): LokstraError {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof ReferenceError && reason.endsWith(' before initialization')) {
    return lokstraError(E_IMPORT_CYCLE, { what: `${file}: ${reason}` }, siteOf(error), { cause: error })
  }
  return lokstraError(E_DISCOVER_IMPORT, { file, reason }, siteOf(error), { cause: error })
}

/** The line of the user's that threw; an error that names none, such as one of syntax, has its file in the message. */
function siteOf(error: unknown): string | undefined {
  const site = error instanceof Error ? new CallSite(error).toString() : undefined
  return site === 'unknown place' ? undefined : site
}

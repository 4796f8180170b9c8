import { existsSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { Class } from '../decorators/metadata.js'
import { readModule } from '../decorators/module.js'
import { readHandlerRecords, readOperationRecords } from '../decorators/route.js'
import { readService } from '../decorators/service.js'
import { readRoute } from '../contract/read-operations.js'
import { E_IMPORT_CYCLE } from '../errors/catalogue/container.js'
import { E_DISCOVER_IMPORT, E_DISCOVER_NOTHING } from '../errors/catalogue/lifecycle.js'
import { CallSite } from '../errors/call-site.js'
import { LokstraError, lokstraError } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'

/** Decorated classes, sorted by what they are. A published service is in two lists. */
export interface Discovered {
  readonly services: readonly Class[]
  readonly controllers: readonly Class[]
  readonly modules: readonly Class[]
  /** Every exported class, decorated or not. */
  readonly classes: readonly Class[]
  /** The files that match, whether they could be imported or not: absolute paths. */
  readonly files: readonly string[]
  /** False when a file could not be imported, or none was found: classes are missing whose absence is no mistake of its own. */
  readonly isComplete: boolean
}

/** Never imported: what is installed, and files that run tests as soon as they are imported. */
const ignored = ['**/node_modules/**', '**/*.d.ts', '**/*.{test,spec}.{js,mjs,cjs}']

/**
 * Imports the files that match and collects the decorated classes they export. Files load in the order of their paths.
 * @param where  place of the patterns
 */
export async function discover(
  patterns: readonly string[],
  folder: string,
  problems: LokstraError[],
  where?: string,
): Promise<Discovered> {
  if (patterns.length === 0) return sortClasses([], [], true)
  const before = problems.length
  // Only a process that discovers loads what finds files.
  const { glob } = await import('tinyglobby')
  const files = await glob([...patterns], { cwd: folder, absolute: true, ignore: ignored })
  if (files.length === 0) {
    problems.push(lokstraError(E_DISCOVER_NOTHING, { patterns: patterns.join(', '), folder }, where))
  }
  const classes = new Set<Class>()
  const causes = new Set<unknown>()
  let isSourceReported = false
  for (const file of files.sort()) {
    try {
      const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
      for (const value of Object.values(exported)) if (isClass(value)) classes.add(value)
    } catch (error) {
      const isSource = isTypeScript(file)
      // A file that fails fails each one that imports it, with the same error; a pattern for sources fails for all of them.
      if (!causes.has(error) && !(isSource && isSourceReported))
        problems.push(importError(relative(folder, file), error))
      causes.add(error)
      isSourceReported ||= isSource
    }
  }
  return sortClasses([...classes], files, problems.length === before)
}

function sortClasses(classes: readonly Class[], files: readonly string[], isComplete: boolean): Discovered {
  return {
    classes,
    files,
    isComplete,
    services: classes.filter((type) => readService(type) !== undefined),
    controllers: classes.filter(isController),
    modules: classes.filter((type) => readModule(type) !== undefined),
  }
}

/** A handler without a place of its own needs no @Route: routes give it one. */
function isController(type: Class): boolean {
  const handlers = readHandlerRecords(type).length
  const operations = readOperationRecords(type).length
  return handlers > 0 && (readRoute(type) !== undefined || handlers > operations)
}

export function isClass(value: unknown): value is Class {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

function importError(file: string, error: unknown): LokstraError {
  if (LokstraError.is(error)) return error
  const reason = reasonOf(error)
  if (error instanceof ReferenceError && reason.endsWith(' before initialization')) {
    return lokstraError(E_IMPORT_CYCLE, { what: `${file}: ${reason}` }, siteOf(error), { cause: error })
  }
  return lokstraError(E_DISCOVER_IMPORT, { file, reason, fix: fixOf(file, error, reason) }, siteOf(error), {
    cause: error,
  })
}

function fixOf(file: string, error: unknown, reason: string): string {
  if (isTypeScript(file))
    return 'Build, and let the patterns under discover name the compiled files, such as dist/**/*.js.'
  const [, wanted = ''] = /^(?:Cannot find module|Directory import) '([^']+)'/.exec(reason) ?? []
  const missing = wanted === '' ? undefined : ['.js', '/index.js'].find((end) => existsSync(`${wanted}${end}`))
  if (missing)
    return `Write the whole name of the file in the import, as ES modules need it: ${basename(wanted)}${missing}.`
  if (
    error instanceof ReferenceError &&
    /^(?:describe|suite|it|test|before|beforeEach|after|afterEach) is not/.test(reason)
  )
    return `It is a test: keep it out with a pattern under discover, such as "!**/${basename(file)}".`
  return 'Fix the file, or keep it out of the patterns under discover.'
}

/** Later versions of Node take its types out by themselves, and fail at decorators. */
function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file)
}

/** The line of the user's that threw; an error that names none, such as one of syntax, has its file in the message. */
function siteOf(error: unknown): string | undefined {
  const site = error instanceof Error ? new CallSite(error).toString() : undefined
  return site === 'unknown place' ? undefined : site
}

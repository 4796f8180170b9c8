import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { isRecord } from '../objects/is-record.js'

/** What Node passes to the `exports` of a package for an `import`. */
const conditions = new Set(['node', 'import', 'module-sync', 'default'])

/** Looks where Node looks for a package, but not through its `exports`, which need not name package.json. */
export function findPackageFile(packageName: string, from: string): string | undefined {
  return [...upwards(from)]
    .map((folder) => join(folder, 'node_modules', packageName, 'package.json'))
    .find((file) => existsSync(file))
}

/** A folder and those above it, the innermost first. */
export function* upwards(folder: string): Generator<string> {
  for (let current = folder, previous = ''; current !== previous; previous = current, current = dirname(current))
    yield current
}

/**
 * The file that `import` of a package, or of a subpath of one, loads in a file of `folder`. Node tells it only for the file that asks,
 * and `require` may find another copy of what the application imports, or none.
 * @throws what Node throws where there is none
 */
export function resolveImport(specifier: string, folder: string): string {
  const [packageName = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? []
  const file = findPackageFile(packageName, folder)
  const content: unknown =
    file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
  const subpath = `.${specifier.slice(packageName.length)}`
  const exported = isRecord(content) ? findExport(content.exports, subpath) : undefined
  // What is null for an import may be something else for `require`.
  if (exported === null) throw new Error(`Package subpath ${subpath} is null in "exports" of ${file}`)
  if (file !== undefined && exported !== undefined) return realpathSync(join(dirname(file), exported))
  return createRequire(join(folder, 'package.json')).resolve(specifier)
}

/**
 * @param subpath  `.` or `./x`
 * @returns null where the package keeps it back
 */
function findExport(exports: unknown, subpath: string): string | null | undefined {
  const isTable = isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
  const table: Record<string, unknown> = isTable ? exports : { '.': exports }
  if (Object.hasOwn(table, subpath)) return chooseTarget(table[subpath])
  const patterns = Object.keys(table).filter((key) => {
    const [before = '', after] = key.split('*')
    const isLongEnough = subpath.length >= key.length
    return after !== undefined && isLongEnough && subpath.startsWith(before) && subpath.endsWith(after)
  })
  const [best] = patterns.toSorted((a, b) => b.indexOf('*') - a.indexOf('*') || b.length - a.length)
  if (best === undefined) return undefined
  const star = best.indexOf('*')
  const rest = subpath.slice(star, subpath.length - (best.length - star - 1))
  return chooseTarget(table[best])?.replaceAll('*', () => rest)
}

/** The first target whose conditions hold, be it null, which ends the search; in a list the next one counts then. */
function chooseTarget(target: unknown): string | null | undefined {
  if (typeof target === 'string' || target === null) return target
  if (Array.isArray(target)) {
    const found = target.map(chooseTarget).filter((one) => one !== undefined)
    return found.find((one) => one !== null) ?? found[0]
  }
  if (!isRecord(target)) return undefined
  for (const [condition, inner] of Object.entries(target)) {
    const found = conditions.has(condition) ? chooseTarget(inner) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

import { isBelow } from '../files/is-below.js'
import type { Layout } from './compiler.js'

/**
 * Removes compiled files whose source is gone: what is discovered by pattern would find them still. A file counts as compiled when the
 * source map beside it names the one TypeScript file that is compiled to this place, and not what bundlers and published packages name.
 * @returns absolute paths of the scripts that were removed
 */
export async function removeStaleOutputs(layouts: readonly Layout[]): Promise<readonly string[]> {
  const removed = await Promise.all(layouts.map(removeStaleOf))
  // Projects may be compiled to one folder from one place.
  return [...new Set(removed.flat())]
}

async function removeStaleOf({ rootDir, outDir, declarationDir }: Layout): Promise<readonly string[]> {
  if (outDir === undefined) return []
  const entries = await readdir(outDir, { recursive: true, withFileTypes: true }).catch(() => [])
  const maps = entries
    .filter(
      (entry) => entry.isFile() && /\.[cm]?js\.map$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
  const removed = await Promise.all(
    maps.map(async (map) => {
      const source = await readSource(map)
      const isStale = source !== undefined && isCompiled(map, source, rootDir, outDir) && !existsSync(source)
      return isStale ? remove(map, join(declarationDir ?? outDir, relative(outDir, dirname(map)))) : undefined
    }),
  )
  return removed.filter((file) => file !== undefined)
}

/** @returns absolute path of the only source of a script; undefined where it has several, or the map is of another script */
async function readSource(map: string): Promise<string | undefined> {
  try {
    const { file, sources, sourceRoot } = JSON.parse(await readFile(map, 'utf8')) as {
      readonly file?: string
      readonly sources: readonly string[]
      readonly sourceRoot?: string
    }
    const [source, ...others] = sources
    if (source === undefined || others.length > 0 || `${file}.map` !== basename(map)) return undefined
    return resolve(dirname(map), sourceRoot ?? '', source)
  } catch {
    return undefined
  }
}

/** Whether the compiler puts what it makes of a source beside this map: folders are below `outDir` what they are below the sources. */
function isCompiled(map: string, source: string, rootDir: string, outDir: string): boolean {
  if (!/\.[cm]?tsx?$/.test(source) || !isBelow(rootDir, source)) return false
  // A source among what is compiled is of somebody else, unless the project is compiled in place.
  if (isBelow(outDir, source) && isBelow(rootDir, outDir) && rootDir !== outDir) return false
  const place = relative(outDir, map).replace(/\.[cm]?js\.map$/, '')
  return source.replace(/\.[cm]?tsx?$/, '').endsWith(sep + place)
}

/**
 * @param map  `list.js.map`, beside which is `list.js`
 * @param declarations  absolute path of the folder that holds perhaps `list.d.ts` and `list.d.ts.map`
 */
async function remove(map: string, declarations: string): Promise<string> {
  const script = map.slice(0, -'.map'.length)
  const declaration = join(declarations, basename(script).replace(/\.([cm]?)js$/, '.d.$1ts'))
  await Promise.all([map, script, declaration, `${declaration}.map`].map((file) => rm(file, { force: true })))
  return script
}

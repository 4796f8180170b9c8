import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/**
 * Removes compiled files whose source is gone: what is discovered by pattern would find them still. A file counts as compiled when a
 * source map beside it names a source.
 * @param outDir  absolute path
 * @returns absolute paths of the scripts that were removed
 */
export async function removeStaleOutputs(outDir: string): Promise<readonly string[]> {
  const entries = await readdir(outDir, { recursive: true, withFileTypes: true }).catch(() => [])
  const maps = entries
    .filter(
      (entry) => entry.isFile() && /\.[cm]?js\.map$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
  const removed = await Promise.all(maps.map(async (map) => ((await isStale(map)) ? remove(map) : undefined)))
  return removed.filter((file) => file !== undefined)
}

async function isStale(map: string): Promise<boolean> {
  try {
    const { sources, sourceRoot = '' } = JSON.parse(await readFile(map, 'utf8')) as {
      readonly sources?: readonly string[]
      readonly sourceRoot?: string
    }
    // Sources that are no files, as bundlers write them, say nothing.
    if (!sources || sources.length === 0 || sources.some((source) => source.includes(':'))) return false
    return sources.every((source) => !existsSync(resolve(dirname(map), sourceRoot, source)))
  } catch {
    return false
  }
}

/** @param map  `list.js.map`, beside which are `list.js`, and perhaps `list.d.ts` and `list.d.ts.map` */
async function remove(map: string): Promise<string> {
  const script = map.slice(0, -'.map'.length)
  const declaration = script.replace(/\.([cm]?)js$/, '.d.$1ts')
  await Promise.all([map, script, declaration, `${declaration}.map`].map((file) => rm(file, { force: true })))
  return script
}

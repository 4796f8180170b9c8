import { realpathSync, statSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'

import type { Context } from '../context/context.js'
import { E_MOUNT_DIR } from '../errors/catalogue/mounts.js'
import { NotFoundError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'

/** No file system takes a longer path, and looking at one costs time. Linux: PATH_MAX. */
const maxPathLength = 4096

/**
 * The absolute folder of a mount.
 * @throws E_MOUNT_DIR
 */
export function resolveMountDir(kind: string, dir: string, folder: string): string {
  const path = resolve(folder, dir)
  try {
    if (statSync(path).isDirectory()) return realpathSync(path)
  } catch (cause) {
    throw lokstraError(E_MOUNT_DIR, { kind, dir: path }, undefined, { cause })
  }
  throw lokstraError(E_MOUNT_DIR, { kind, dir: path })
}

/** `/` stays, `/assets/` becomes `/assets`. */
export function normalizePrefix(prefix: string): string {
  return prefix.replace(/\/+$/, '') || '/'
}

/**
 * The decoded path below the prefix, with the last slash that the router does not tell apart.
 * @throws NotFoundError  for a path that is longer than any file's
 */
export function pathBelow(ctx: Context): string {
  if (ctx.path.length > maxPathLength) throw new NotFoundError()
  const path = ctx.params['*'] ?? ''
  return ctx.path.endsWith('/') && path !== '' && !path.endsWith('/') ? `${path}/` : path
}

/** Whether the last segment has a dot, as the names of files have and those of folders and pages seldom do. */
export function looksLikeFile(path: string): boolean {
  return path.includes('.', path.lastIndexOf('/') + 1)
}

/** What is at a path that a client named; undefined when there is nothing, or nothing that it may see. */
export async function statBelow(dir: string, path: string): Promise<Stats | undefined> {
  const full = join(dir, path)
  if (path.includes('\0') || relative(dir, full).startsWith('..') || /(?:^|[\\/])\./.test(path)) return undefined
  try {
    return await stat(full)
  } catch {
    return undefined
  }
}

import { statSync } from 'node:fs'
import { join } from 'node:path'

import type { Context } from '../context/context.js'
import { E_MOUNT_INDEX } from '../errors/catalogue/mounts.js'
import { NotFoundError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Result } from '../response/result.js'
import type { FolderMountConfig } from './folder-mount-config.js'
import type { Mount } from './mount.js'
import { looksLikeFile, normalizePrefix, pathBelow, resolveMountDir, statBelow } from './mount-path.js'

/**
 * Serves a single-page application: its files, and its page for every address that a browser navigates to, so that deep links
 * work. A missing file (a last segment with a dot) is 404, and so is what does not accept `text/html`.
 * @param folder  what a relative `dir` starts at
 * @throws E_MOUNT_DIR, E_MOUNT_INDEX
 */
export function createSpaMount(config: FolderMountConfig, folder: string): Mount {
  const dir = resolveMountDir('spa', config.dir, folder)
  const { index } = config
  const options = { root: dir, maxAgeSeconds: Math.floor(config.maxAge / 1000) }
  const page = () => new Result(200, { kind: 'file', path: index, options }).withHeader('cache-control', 'no-cache')
  const asset = (path: string) => new Result(200, { kind: 'file', path, options })
  if (!isFile(join(dir, index))) throw lokstraError(E_MOUNT_INDEX, { file: join(dir, index) })
  return {
    prefix: normalizePrefix(config.prefix),
    description: `spa ${config.dir}`,
    handle: (ctx) => {
      const path = pathBelow(ctx)
      if (path === '' || path === index) return page()
      return looksLikeFile(path) ? asset(path) : assetOrPage(ctx, path)
    },
  }

  async function assetOrPage(ctx: Context, path: string): Promise<Result> {
    const found = await statBelow(dir, path)
    if (found?.isFile()) return asset(path)
    if (!ctx.headers.accept?.includes('text/html')) throw new NotFoundError(undefined, { headers: { vary: 'accept' } })
    return page().withHeader('vary', 'accept')
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

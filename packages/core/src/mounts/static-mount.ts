import type { Context } from '../context/context.js'
import { Result } from '../response/result.js'
import type { FolderMountConfig } from './folder-mount-config.js'
import type { Mount } from './mount.js'
import { looksLikeFile, normalizePrefix, pathBelow, resolveMountDir, statBelow } from './mount-path.js'

/**
 * Serves the files of a folder. Names that start with a dot are not served, folders are not listed.
 * @param folder  what a relative `dir` starts at
 * @throws E_MOUNT_DIR
 */
export function createStaticMount(config: FolderMountConfig, folder: string): Mount {
  const dir = resolveMountDir('static', config.dir, folder)
  const options = { root: dir, maxAgeSeconds: Math.floor(config.maxAge / 1000) }
  return {
    prefix: normalizePrefix(config.prefix),
    description: `static ${config.dir}`,
    handle: (ctx) => {
      const path = pathBelow(ctx)
      if (path === '') return ctx.path.endsWith('/') ? file(config.index) : withSlash(ctx)
      if (path.endsWith('/')) return file(path + config.index)
      return looksLikeFile(path) ? file(path) : fileOrFolder(ctx, path)
    },
  }

  function file(path: string): Result {
    return new Result(200, { kind: 'file', path, options })
  }

  async function fileOrFolder(ctx: Context, path: string): Promise<Result> {
    const found = await statBelow(dir, path)
    return found?.isDirectory() ? withSlash(ctx) : file(path)
  }
}

/** A folder without its slash would break the relative links of its index page. */
function withSlash(ctx: Context): Result {
  // Two slashes in front would name another host.
  return ctx.redirect(`${ctx.path.replace(/^[\\/]+/, '/')}/${ctx.search === '' ? '' : `?${ctx.search}`}`, 301)
}

import { IsInt, IsNotEmpty, IsString, Matches, Min } from 'class-validator'

import type { Context } from '../context/context.js'
import { Duration } from '../decorators/binding.js'
import { Result } from '../response/result.js'
import type { Mount } from './mount.js'
import { normalizePrefix, pathBelow, resolveMountDir, statBelow } from './mount-path.js'

export class StaticMountConfig {
  /** Path that the folder is served below. Default `/`. */
  @Matches(/^\//, { message: '$property must start with /' })
  prefix = '/'

  /** Folder to serve. */
  @IsString()
  @IsNotEmpty()
  dir!: string

  /** How long clients may keep a file without asking, in milliseconds or as text such as `1h`. Default 0. */
  @Duration()
  @IsInt()
  @Min(0)
  maxAge = 0

  /** File that answers for a folder. Default `index.html`. */
  @IsString()
  @IsNotEmpty()
  index = 'index.html'
}

/**
 * Serves the files of a folder. Names that start with a dot are not served, folders are not listed.
 * @param folder  what a relative `dir` starts at
 * @throws E_MOUNT_DIR
 */
export function createStaticMount(config: StaticMountConfig, folder: string): Mount {
  const dir = resolveMountDir('static', config.dir, folder)
  const options = { root: dir, maxAge: Math.floor(config.maxAge / 1000) }
  return {
    prefix: normalizePrefix(config.prefix),
    description: `static ${config.dir}`,
    handle: (ctx) => {
      const path = pathBelow(ctx)
      if (path === '') return ctx.path.endsWith('/') ? file(config.index) : withSlash(ctx)
      if (path.endsWith('/')) return file(path + config.index)
      return /\.[^/]+$/.test(path) ? file(path) : fileOrFolder(ctx, path)
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

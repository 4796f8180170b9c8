import { statSync } from 'node:fs'
import { join } from 'node:path'

import { IsInt, IsNotEmpty, IsString, Matches, Min } from 'class-validator'

import type { Context } from '../context/context.js'
import { Duration } from '../decorators/binding.js'
import { E_MOUNT_INDEX } from '../errors/catalogue/mounts.js'
import { NotFoundError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Result } from '../response/result.js'
import type { Mount } from './mount.js'
import { normalizePrefix, pathBelow, resolveMountDir, statBelow } from './mount-path.js'

export class SpaMountConfig {
  /** Path that the application is served below. Default `/`. */
  @Matches(/^\//, { message: '$property must start with /' })
  prefix = '/'

  /** Folder that the front end was built into. */
  @IsString()
  @IsNotEmpty()
  dir!: string

  /** How long clients may keep a file other than the index without asking, in milliseconds or as text such as `1h`. Default 0. */
  @Duration()
  @IsInt()
  @Min(0)
  maxAge = 0

  /** The application's page. Default `index.html`. */
  @IsString()
  @IsNotEmpty()
  index = 'index.html'
}

/**
 * Serves a single-page application: its files, and its page for every address that a browser navigates to, so that deep links
 * work. A missing file (a last segment with a dot) is 404, and so is what does not accept `text/html`.
 * @param folder  what a relative `dir` starts at
 * @throws E_MOUNT_DIR, E_MOUNT_INDEX
 */
export function createSpaMount(config: SpaMountConfig, folder: string): Mount {
  const dir = resolveMountDir('spa', config.dir, folder)
  const { index } = config
  const options = { root: dir, maxAge: Math.floor(config.maxAge / 1000) }
  const page = () => new Result(200, { kind: 'file', path: index, options }).withHeader('cache-control', 'no-cache')
  const asset = (path: string) => new Result(200, { kind: 'file', path, options })
  if (!isFile(join(dir, index))) throw lokstraError(E_MOUNT_INDEX, { file: join(dir, index) })
  return {
    prefix: normalizePrefix(config.prefix),
    description: `spa ${config.dir}`,
    handle: (ctx) => {
      const path = pathBelow(ctx)
      if (path === '' || path === index) return page()
      return path.slice(path.lastIndexOf('/') + 1).includes('.') ? asset(path) : assetOrPage(ctx, path)
    },
  }

  async function assetOrPage(ctx: Context, path: string): Promise<Result> {
    const found = await statBelow(dir, path)
    if (found?.isFile()) return asset(path)
    if (!ctx.headers.accept?.includes('text/html')) throw new NotFoundError()
    return page().withHeader('vary', 'accept')
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

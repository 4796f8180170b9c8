import { bindConfig, type ConfigEntry } from '../config/bind/bind-config.js'
import type { Class } from '../decorators/metadata.js'
import { E_MOUNT_UNKNOWN } from '../errors/catalogue/routing.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { LokstraError, lokstraError, placed } from '../errors/lokstra-error.js'
import type { Mount } from '../mounts/mount.js'
import type { MountKind } from '../mounts/mount-kinds.js'

/** Makes a mount of a kind that configuration can name, such as `spa` with `{ prefix: '/', dir: 'web' }`. */
export async function createMount(
  kindName: string,
  entry: ConfigEntry,
  folder: string,
  problems: LokstraError[],
): Promise<Mount | undefined> {
  // Most servers mount nothing.
  const { mountKinds } = await import('../mounts/mount-kinds.js')
  const kind = (mountKinds as Readonly<Record<string, MountKind>>)[kindName]
  if (!kind) {
    const hint = didYouMean(kindName, Object.keys(mountKinds))
    problems.push(lokstraError(E_MOUNT_UNKNOWN, { kind: kindName, hint }, entry.locate([])))
    return undefined
  }
  const before = problems.length
  const config = bindConfig(kind.config as Class<object>, entry, problems)
  if (problems.length > before) return undefined
  try {
    return await kind.create(config, folder)
  } catch (error) {
    if (!LokstraError.is(error)) throw error
    problems.push(placed(error, entry.locate([kind.pathKey])))
    return undefined
  }
}

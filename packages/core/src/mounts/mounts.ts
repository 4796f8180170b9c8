import type { Class } from '../decorators/metadata.js'
import type { Mount } from './mount.js'
import { createSpaMount, SpaMountConfig } from './spa-mount.js'
import { createStaticMount, StaticMountConfig } from './static-mount.js'

/** A kind of mount that configuration can name. */
export interface MountKind<C = unknown> {
  /** Class of the typed configuration. */
  readonly config: Class<C>
  /** @param folder  what relative paths of the configuration start at */
  create(config: C, folder: string): Mount
}

/** The built-in kinds by name. */
export const mountKinds = {
  static: { config: StaticMountConfig, create: createStaticMount },
  spa: { config: SpaMountConfig, create: createSpaMount },
} as const satisfies { readonly static: MountKind<StaticMountConfig>; readonly spa: MountKind<SpaMountConfig> }

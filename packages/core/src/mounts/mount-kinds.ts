import type { Class } from '../decorators/metadata.js'
import { FolderMountConfig } from './folder-mount-config.js'
import type { Mount } from './mount.js'
import { ProxyMountConfig } from './proxy-config.js'
import { createProxyMount } from './proxy-mount.js'
import { createSpaMount } from './spa-mount.js'
import { createStaticMount } from './static-mount.js'

/** A kind of mount that configuration can name. */
export interface MountKind<C = unknown> {
  /** What it does, for editors. */
  readonly description: string
  /** Class of the typed configuration. */
  readonly config: Class<C>
  /** Key of the path whose mistakes `create` throws. */
  readonly pathKey: string
  /** @param folder  what relative paths of the configuration start at */
  create(config: C, folder: string): Mount | Promise<Mount>
}

/** The built-in kinds by name. */
export const mountKinds = {
  static: {
    description: 'Serves the files of a folder. Names that start with a dot are not served, folders are not listed.',
    config: FolderMountConfig,
    pathKey: 'dir',
    create: createStaticMount,
  },
  spa: {
    description:
      'Serves a single-page application: its files, and its page for every address that a browser navigates to.',
    config: FolderMountConfig,
    pathKey: 'dir',
    create: createSpaMount,
  },
  proxy: {
    description: 'Passes all below a prefix to another server, WebSocket connections included.',
    config: ProxyMountConfig,
    pathKey: 'ca',
    create: createProxyMount,
  },
} as const satisfies Readonly<Record<string, MountKind<FolderMountConfig> | MountKind<ProxyMountConfig>>>

import type { ConfigMap } from '../tree/config-node.js'

/** The layers of a configuration, lowest first. The defaults of the configuration classes are below all of them. */
const layerNames = [
  'files',
  'environment files',
  'deployment',
  'server',
  'variables',
  'options',
  'sources',
  'code',
] as const

/** Where a value comes from. */
export type LayerName = (typeof layerNames)[number]

/** What one layer says, before it is laid over those below. */
export interface ConfigLayer {
  readonly name: LayerName
  readonly root: ConfigMap
}

import type { ConfigMap } from '../tree/config-node.js'

/** Where a value comes from, lowest layer first. The defaults of the configuration classes are below all of them. */
export type LayerName =
  'files' | 'environment files' | 'deployment' | 'server' | 'variables' | 'options' | 'sources' | 'code'

/** What one layer says, before it is laid over those below. */
export interface ConfigLayer {
  readonly name: LayerName
  readonly root: ConfigMap
}

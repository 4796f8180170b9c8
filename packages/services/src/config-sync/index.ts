export { ConfigSync } from './config-sync.js'
export { ConfigSyncConfig } from './config-sync-config.js'

export { ErrorMapper, Recovery, RecoveryConfig } from './recovery.js'

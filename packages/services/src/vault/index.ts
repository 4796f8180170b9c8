export { AppRoleConfig, VaultConfig } from './vault-config.js'
export { VaultSecrets } from './vault-secrets.js'

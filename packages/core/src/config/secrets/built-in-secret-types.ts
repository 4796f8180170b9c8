import type { Class } from '../../decorators/metadata.js'
import { EnvSecrets } from './env-secrets.js'
import { ExecSecrets } from './exec-secrets.js'
import { FileSecrets } from './file-secrets.js'
import type { SecretProvider } from './secret-provider.js'

/** What `type` of an entry may be without any package. */
export const builtInSecretTypes: ReadonlyMap<string, Class<SecretProvider>> = new Map<string, Class<SecretProvider>>([
  ['env', EnvSecrets],
  ['file', FileSecrets],
  ['exec', ExecSecrets],
])

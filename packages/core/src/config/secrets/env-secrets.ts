import { Service } from '../../decorators/service.js'
import { SecretError, SecretProvider } from './secret-provider.js'
import type { SecretContext } from './secret-reader.js'

class EnvSecretsConfig {}

/** Secrets in environment variables: unlike `${NAME}`, masked wherever they would be shown. */
@Service({ name: 'env', config: EnvSecretsConfig })
export class EnvSecrets extends SecretProvider {
  readonly #context: SecretContext

  constructor(_config: EnvSecretsConfig, context: SecretContext) {
    super()
    this.#context = context
  }

  get(name: string): Promise<string> {
    const { env } = this.#context
    // The name may be one that every object inherits, such as `constructor`.
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value !== undefined) return Promise.resolve(value)
    return Promise.reject(new SecretError(`the variable ${name} is not set`, 'Set it in the environment, or in .env.'))
  }
}

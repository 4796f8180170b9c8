import { Service } from '../../decorators/service.js'
import { SecretError, SecretProvider, type SecretContext } from './secret-provider.js'

/** Secrets in environment variables: unlike `${NAME}`, masked wherever they would be shown. */
@Service('env')
export class EnvSecrets extends SecretProvider {
  get(name: string, { env }: SecretContext): Promise<string> {
    // The name may be one that every object inherits, such as `constructor`.
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value !== undefined) return Promise.resolve(value)
    const fix = 'Set it in the environment; outside of production also in .env.'
    return Promise.reject(new SecretError(`the variable ${name} is not set`, fix))
  }
}

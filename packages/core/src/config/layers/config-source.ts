import { throwProblems } from '../../errors/boot-error.js'
import { secretsOfSource } from './secrets-of-source.js'

/**
 * Values of the configuration that come from somewhere else while the server runs, such as a table. A service that extends this
 * class is started with the server. Its values lie over those of files, variables and the command line, and below those in code.
 *
 * What can change while a server runs counts at once; for the rest a restart is asked for. Text is taken as it is: `${…}` has no
 * meaning in it. Secrets have no place in a source: values of keys such as `password` are refused.
 */
export abstract class ConfigSource {
  /**
   * All of its values, as a configuration is written: `{ apps: [{ name: 'api', limits: { body: '2MiB' } }] }`. Called once the
   * service has started, and for every reload.
   * @throws when they cannot be had: the start fails; later the last values stay, and the failure is logged
   */
  abstract read(): Promise<object>

  /**
   * Calls `onChange` whenever `read` may give something else, also when changes may have been missed.
   * @returns ends it
   */
  abstract watch(onChange: () => unknown): Promise<() => unknown>

  /**
   * For a source that can be written to: what no server would take from it is refused before it is kept.
   * @param values  as {@link read} gives them
   * @throws E_CONFIG_SOURCE_SECRET
   */
  protected refuseSecrets(values: object): void {
    throwProblems(secretsOfSource(values, `source ${this.constructor.name}`))
  }
}

import { throwProblems } from '../../errors/boot-error.js'
import { checkSource } from './check-source.js'

/**
 * Values of the configuration that come from somewhere else while the server runs, such as a table. A service that extends this
 * class is started with the server. Its values lie over those of files, variables and the command line, and below those in code.
 *
 * What can change while a server runs counts at once; for the rest a restart is asked for. Text is taken as it is: `${…}` has no
 * meaning in it. A source is for settings. Refused are secrets, which are values of keys such as `password`, and what says which code
 * runs: `discover`, `modules`, `secrets`, `deployments`, and the `type` of a service.
 */
export abstract class ConfigSource {
  /**
   * All of its values, as a configuration is written: `{ apps: [{ name: 'api', limits: { body: '2MiB' } }] }`; or several such objects in
   * a list, each lying over those before it. Called once the service has started, and for every reload.
   * @throws when they cannot be had: the start fails; later the last values stay, and the failure is logged
   */
  abstract read(): Promise<object | readonly object[]>

  /**
   * Calls `onChange` whenever `read` may give something else, also when changes may have been missed.
   * @returns ends it
   */
  abstract watch(onChange: () => unknown): Promise<() => unknown>

  /**
   * For a source that can be written to: what no server would take from it is refused before it is kept.
   * @param values  as {@link read} gives them
   * @throws E_CONFIG_SOURCE_CODE · E_CONFIG_SOURCE_SECRET; several as one E_BOOT
   */
  protected assertAllowed(values: object | readonly object[]): void {
    throwProblems([values].flat().flatMap((one: object) => checkSource(one, `source ${this.constructor.name}`)))
  }
}

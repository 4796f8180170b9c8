import type { Override } from '../assembly/add-built-ins.js'
import { assemble, type Assembly } from '../assembly/assemble.js'
import { loadServerConfig, type ConfigReading } from '../assembly/load-server-config.js'
import type { ConfigLayer } from '../config/layers/config-layer.js'
import type { DeploymentNames } from '../config/layers/list-deployments.js'
import { SecretStore, type LoadSecrets } from '../config/secrets/secret-store.js'
import type { Configuration } from '../config/view/configuration.js'
import { coverFailure } from '../secrecy/covered-failures.js'
import type { ServerOptions } from './server-options.js'
import type { ServerRuntime } from './server-runtime.js'

/** What a server is made of. */
export interface ServerParts {
  readonly options: ServerOptions
  readonly overrides: readonly Override[]
  readonly runtime: ServerRuntime
  /** Where the server is created, for errors of what has no place of its own. */
  readonly place: string
}

/** A configuration that is being read, with the secrets that it has fetched. */
interface Reading {
  readonly secrets: LoadSecrets
  readonly result: Promise<ConfigReading>
}

/** Reads the configuration of a server, and assembles the server from it. */
export class ServerReader {
  readonly #parts: ServerParts
  readonly #secrets: SecretStore
  /** What a start, and whoever looks at a server that has not started, share. */
  #first: Reading | undefined
  #assembly: Promise<Assembly> | undefined

  constructor(parts: ServerParts) {
    this.#parts = parts
    this.#secrets = new SecretStore(async (wanted) => {
      // Only a configuration that lists secret providers needs it.
      const { findSecretType } = await import('../assembly/find-secret-type.js')
      return findSecretType(wanted, parts.options)
    })
  }

  /** Undefined before the first {@link assemble}. */
  get assembly(): Promise<Assembly> | undefined {
    return this.#assembly
  }

  /** The assembly that the server starts from, made once. */
  assemble(): Promise<Assembly> {
    return (this.#assembly ??= this.#assembleFrom((this.#first ??= this.#read([]))))
  }

  /** Another one, from what the files and sources say now. One at a time. */
  assembleAnew(sources: readonly ConfigLayer[]): Promise<Assembly> {
    return this.#assembleFrom(this.#read(sources))
  }

  /** The configuration that the server starts from. */
  async configuration(): Promise<Configuration> {
    // Only tools ask for it.
    const { readConfiguration } = await import('../assembly/read-configuration.js')
    const { secrets, result } = (this.#first ??= this.#read([]))
    const { server } = this.#parts.options
    return withSecrets(secrets, async () =>
      readConfiguration(await result, server, secrets.scope, () => this.assemble()),
    )
  }

  /** The deployments that there are, whatever else is wrong with the configuration. */
  async deployments(): Promise<readonly DeploymentNames[]> {
    const { result } = (this.#first ??= this.#read([]))
    return (await result).loaded.deployments
  }

  /** Closes the secret providers; a later reading opens what it needs again. */
  async close(): Promise<void> {
    await this.#secrets.close()
  }

  #read(sources: readonly ConfigLayer[]): Reading {
    const { options, place } = this.#parts
    const secrets = this.#secrets.newLoad()
    return { secrets, result: withSecrets(secrets, () => loadServerConfig({ options, secrets, place, sources })) }
  }

  #assembleFrom({ secrets, result }: Reading): Promise<Assembly> {
    return withSecrets(secrets, async () => assemble({ ...this.#parts, reading: await result, secrets }))
  }
}

/** Texts that are made meanwhile hide the secrets that are read, as does what is shown of a failure. */
async function withSecrets<T>({ scope }: LoadSecrets, run: () => Promise<T>): Promise<T> {
  scope.hold()
  try {
    return await run()
  } catch (error) {
    coverFailure(error, [scope])
    throw error
  } finally {
    scope.release()
  }
}

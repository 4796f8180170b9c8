import { randomUUID } from 'node:crypto'

import { Context, Inject, OnConfigReload, OnStart, OnStop, Service } from '@lokstra/core'
import {
  NOOP_PROVIDER,
  OpenFeature,
  type Client,
  type EvaluationContext,
  type EvaluationDetails,
  type JsonValue,
} from '@openfeature/server-sdk'

import { FeatureFlagsConfig } from './feature-flags-config.js'
import { FeatureFlags, type FlagTarget } from './feature-flags.js'
import { FlagProvider } from './flag-provider.js'
import { FlagTargeting, StateTargeting } from './flag-targeting.js'

/** {@link FeatureFlags} of the configuration, live. OpenFeature has one registry for the process; this server has a domain of its own in it. */
@Service({ name: 'featureFlags', config: FeatureFlagsConfig })
export class ConfiguredFeatureFlags extends FeatureFlags {
  readonly client: Client
  readonly #domain = `lokstra-${randomUUID()}`
  readonly #provider: FlagProvider
  readonly #targeting: FlagTargeting

  constructor(
    { flags }: FeatureFlagsConfig,
    @Inject(FlagTargeting, { optional: true }) targeting: FlagTargeting | undefined,
  ) {
    super()
    this.#provider = new FlagProvider(flags)
    this.#targeting = targeting ?? new StateTargeting()
    this.client = OpenFeature.getClient(this.#domain)
  }

  @OnStart()
  async register(): Promise<void> {
    await OpenFeature.setProviderAndWait(this.#domain, this.#provider)
  }

  @OnStop()
  async unregister(): Promise<void> {
    this.client.clearHooks()
    // There is no way to take a domain out of the registry; what it refers to then is one object for all.
    await OpenFeature.setProviderAndWait(this.#domain, NOOP_PROVIDER)
  }

  @OnConfigReload()
  reconfigure({ flags }: FeatureFlagsConfig): void {
    this.#provider.change(flags)
  }

  isEnabled(flag: string, target?: FlagTarget): Promise<boolean> {
    return this.client.getBooleanValue(flag, false, this.#contextOf(target))
  }

  async value<T extends JsonValue>(flag: string, otherwise: T, target?: FlagTarget): Promise<T> {
    return (await this.details(flag, otherwise, target)).value
  }

  details<T extends JsonValue>(flag: string, otherwise: T, target?: FlagTarget): Promise<EvaluationDetails<T>> {
    const context = this.#contextOf(target)
    const { client } = this
    const ask = (): Promise<EvaluationDetails<JsonValue>> => {
      if (typeof otherwise === 'boolean') return client.getBooleanDetails(flag, otherwise, context)
      if (typeof otherwise === 'string') return client.getStringDetails(flag, otherwise, context)
      if (typeof otherwise === 'number') return client.getNumberDetails(flag, otherwise, context)
      return client.getObjectDetails(flag, otherwise, context)
    }
    return ask() as Promise<EvaluationDetails<T>>
  }

  #contextOf(target: FlagTarget = {}): EvaluationContext {
    return target instanceof Context ? this.#targeting.targetOf(target) : target
  }
}

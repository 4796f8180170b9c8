import { IsInt, IsNotEmpty, IsString, Max, Min } from 'class-validator'
import {
  captureSite,
  didYouMean,
  HttpError,
  Middleware,
  NotFoundError,
  Service,
  type ConfigCheck,
  type Context,
  type MiddlewareHandler,
  type Next,
} from '@lokstra/core'

import { E_FLAG_TYPE, E_FLAG_UNKNOWN } from './catalogue.js'
import { ConfiguredFeatureFlags } from './configured-feature-flags.js'
import { typeOfValue, valuesOf } from './feature-flags-config.js'
import { FeatureFlags } from './feature-flags.js'

export class FeatureFlagConfig {
  /** A flag of true and false. */
  @IsString() @IsNotEmpty() flag!: string
  /** Status from 400 to 599 that answers while the flag is off. Default 404, as if the route did not exist. */
  @IsInt() @Min(400) @Max(599) otherwise = 404
}

/** Lets requests through while a flag is on for who asks. Also by name: `middleware: [{ featureFlag: { flag: newCheckout } }]`. */
@Service({ name: 'featureFlag', config: FeatureFlagConfig })
export class FeatureFlagGate implements MiddlewareHandler {
  readonly #flag: string
  readonly #otherwise: number
  readonly #flags: FeatureFlags

  /** Finds flags that are not configured, or are not switches. */
  static checkConfig({ flag }: FeatureFlagConfig, check: ConfigCheck): void {
    const flags = check.configOf(ConfiguredFeatureFlags)?.flags
    if (!flags) return
    const configured = flags.get(flag)
    if (!configured) {
      const known = [...flags.keys()]
      check.refuse(E_FLAG_UNKNOWN, { flag, hint: didYouMean(flag, known), known: known.join(', ') }, ['flag'])
      return
    }
    const type = typeOfValue(valuesOf(configured)[0]) ?? 'object'
    if (type !== 'boolean') check.refuse(E_FLAG_TYPE, { flag, type }, ['flag'])
  }

  constructor({ flag, otherwise }: FeatureFlagConfig, flags: FeatureFlags) {
    this.#flag = flag
    this.#otherwise = otherwise
    this.#flags = flags
  }

  async handle(ctx: Context, next: Next): Promise<unknown> {
    if (await this.#flags.isEnabled(this.#flag, ctx)) return next()
    // The words for an address without a route.
    if (this.#otherwise === 404) throw new NotFoundError(`There is nothing at ${ctx.method} ${ctx.path}`)
    throw new HttpError(this.#otherwise)
  }
}

/** How `@FeatureFlag` answers while the flag is off. */
export interface FeatureFlagOptions {
  /** A status from 400 to 599. Default 404, as if the route did not exist. */
  readonly otherwise?: number
}

/**
 * A controller, or one of its handlers, that is there while a flag is on for who asks. Otherwise the request is answered before its input
 * is looked at. Middleware that says who asks has to stand further out.
 */
export function FeatureFlag(flag: string, { otherwise = 404 }: FeatureFlagOptions = {}): ReturnType<typeof Middleware> {
  return Middleware([FeatureFlagGate, { flag, otherwise }], { site: captureSite(FeatureFlag) })
}

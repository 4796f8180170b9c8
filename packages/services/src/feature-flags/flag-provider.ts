import {
  ErrorCode,
  OpenFeatureEventEmitter,
  ProviderEvents,
  StandardResolutionReasons,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk'

import { evaluateFlag } from './evaluate-flag.js'
import { typeOfValue, type FlagConfig, type FlagType } from './feature-flags-config.js'

/** OpenFeature's provider of the flags in the configuration. */
export class FlagProvider implements Provider {
  readonly metadata = { name: 'lokstra' }
  readonly runsOn = 'server'
  readonly events = new OpenFeatureEventEmitter()
  #flags: ReadonlyMap<string, FlagConfig>

  constructor(flags: ReadonlyMap<string, FlagConfig>) {
    this.#flags = flags
  }

  /** Takes other flags from now on, and tells clients which differ. */
  change(flags: ReadonlyMap<string, FlagConfig>): void {
    const before = this.#flags
    this.#flags = flags
    const names = new Set([...before.keys(), ...flags.keys()])
    const flagsChanged = [...names].filter(
      (name) => JSON.stringify(before.get(name)) !== JSON.stringify(flags.get(name)),
    )
    if (flagsChanged.length > 0) this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged })
  }

  resolveBooleanEvaluation(flag: string, otherwise: boolean, context: EvaluationContext) {
    return this.#resolve('boolean', flag, otherwise, context)
  }

  resolveStringEvaluation(flag: string, otherwise: string, context: EvaluationContext) {
    return this.#resolve('string', flag, otherwise, context)
  }

  resolveNumberEvaluation(flag: string, otherwise: number, context: EvaluationContext) {
    return this.#resolve('number', flag, otherwise, context)
  }

  resolveObjectEvaluation<T extends JsonValue>(flag: string, otherwise: T, context: EvaluationContext) {
    return this.#resolve('object', flag, otherwise, context)
  }

  #resolve<T extends JsonValue>(
    type: FlagType,
    name: string,
    otherwise: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    const flag = this.#flags.get(name)
    const fail = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => ({
      value: otherwise,
      reason: StandardResolutionReasons.ERROR,
      errorCode,
      errorMessage,
    })
    if (!flag) return Promise.resolve(fail(ErrorCode.FLAG_NOT_FOUND, `there is no flag ${name}`))
    const details = evaluateFlag(name, flag, context)
    const found = typeOfValue(details.value)
    if (found !== type)
      return Promise.resolve(fail(ErrorCode.TYPE_MISMATCH, `the flag ${name} is of type ${found}, not ${type}`))
    return Promise.resolve(details as ResolutionDetails<T>)
  }
}

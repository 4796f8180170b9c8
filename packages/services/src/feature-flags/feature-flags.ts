import type { Context } from '@lokstra/core'
import type { Client, EvaluationContext, EvaluationDetails, JsonValue } from '@openfeature/server-sdk'

/** Who asks: a request, of which {@link FlagTargeting} knows, or OpenFeature's own description. */
export type FlagTarget = Context | EvaluationContext

/** Switches and values that change while the server runs, for some or for all. Inject it by this class. */
export abstract class FeatureFlags {
  /** OpenFeature's client of this server, for its hooks, events and the rest of its API. */
  abstract readonly client: Client

  /** Whether a flag of true and false is on; false when there is no such flag. */
  abstract isEnabled(flag: string, target?: FlagTarget): Promise<boolean>

  /** The value of a flag of the type of `otherwise`, which is given when there is no such flag. */
  abstract value(flag: string, otherwise: boolean, target?: FlagTarget): Promise<boolean>
  abstract value(flag: string, otherwise: string, target?: FlagTarget): Promise<string>
  abstract value(flag: string, otherwise: number, target?: FlagTarget): Promise<number>
  abstract value<T extends JsonValue>(flag: string, otherwise: T, target?: FlagTarget): Promise<T>

  /** {@link value} with the reason, the variant, and the code of an error. */
  abstract details<T extends JsonValue>(flag: string, otherwise: T, target?: FlagTarget): Promise<EvaluationDetails<T>>
}

import { createHash } from 'node:crypto'

import {
  StandardResolutionReasons,
  type EvaluationContext,
  type JsonValue,
  type ResolutionDetails,
} from '@openfeature/server-sdk'

import type { FlagConfig, FlagRule, FlagValue } from './feature-flags-config.js'

/** What a flag says to one who asks, and why. */
export function evaluateFlag(name: string, flag: FlagConfig, context: EvaluationContext): ResolutionDetails<JsonValue> {
  if (flag.rules.length === 0) return resolve(flag, flag.default, StandardResolutionReasons.STATIC)
  for (const rule of flag.rules) {
    if (!applies(rule, name, context)) continue
    const { SPLIT, TARGETING_MATCH } = StandardResolutionReasons
    return resolve(flag, rule.value, rule.percentage === undefined ? TARGETING_MATCH : SPLIT)
  }
  return resolve(flag, flag.default, StandardResolutionReasons.DEFAULT)
}

function resolve({ variants }: FlagConfig, value: FlagValue, reason: string): ResolutionDetails<JsonValue> {
  if (!variants) return { value: value as JsonValue, reason }
  return { value: variants[value as string] as JsonValue, variant: value as string, reason }
}

function applies({ tenants, users, percentage }: FlagRule, name: string, context: EvaluationContext): boolean {
  const { targetingKey, tenant } = context
  if (tenants && !(typeof tenant === 'string' && tenants.includes(tenant))) return false
  if (users && !(targetingKey !== undefined && users.includes(targetingKey))) return false
  if (percentage === undefined) return true
  // A tenant without a user is in, or out, as a whole; somebody unknown is never in.
  const key = targetingKey ?? (typeof tenant === 'string' ? tenant : undefined)
  return key !== undefined && shareOf(name, key) < percentage
}

/** Where a key stands between 0 and 100: always the same for one flag, and unrelated for another. */
function shareOf(flag: string, key: string): number {
  const hash = createHash('sha256').update(`${flag}\0${key}`).digest()
  return (hash.readUInt32BE(0) / 2 ** 32) * 100
}

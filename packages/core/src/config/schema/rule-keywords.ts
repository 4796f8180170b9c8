import type { DeclaredRule } from '../../validation/rules.js'
import type { JsonSchema } from './json-schema.js'

/** What the rules of class-validator ask of a value, as keywords of JSON Schema. What no keyword says is left out. */
export interface RuleKeywords {
  /** Of a number: bounds, and `type: integer`. */
  readonly number: JsonSchema
  readonly text: { readonly minLength?: number; readonly maxLength?: number }
  readonly patterns: readonly { readonly pattern: string; readonly message: string | undefined }[]
  /** Of a list. */
  readonly list: JsonSchema
  readonly values: readonly (string | number)[] | undefined
}

/** @param rules  those that always hold: of the value itself, or of the items of a list */
export function readRuleKeywords(rules: readonly DeclaredRule[]): RuleKeywords {
  const number: Record<string, unknown> = {}
  const text: { minLength?: number; maxLength?: number } = {}
  const list: Record<string, unknown> = {}
  const patterns: { pattern: string; message: string | undefined }[] = []
  let values: readonly (string | number)[] | undefined
  for (const { name, constraints, message } of rules) {
    const [first, second] = constraints ?? []
    switch (name) {
      case 'isInt':
        number.type = 'integer'
        break
      case 'min':
        number.minimum = first
        break
      case 'max':
        number.maximum = first
        break
      case 'isPositive':
        number.exclusiveMinimum = 0
        break
      case 'isNegative':
        number.exclusiveMaximum = 0
        break
      case 'isDivisibleBy':
        number.multipleOf = first
        break
      case 'isNotEmpty':
        text.minLength ??= 1
        break
      case 'isLength':
        text.minLength = first as number
        if (typeof second === 'number') text.maxLength = second
        break
      case 'minLength':
        text.minLength = first as number
        break
      case 'maxLength':
        text.maxLength = first as number
        break
      case 'matches': {
        const pattern = sourceOf(first, second)
        if (pattern !== undefined)
          patterns.push({ pattern, message: typeof message === 'string' ? message : undefined })
        break
      }
      case 'arrayNotEmpty':
        list.minItems = 1
        break
      case 'arrayMinSize':
        list.minItems = first
        break
      case 'arrayMaxSize':
        list.maxItems = first
        break
      case 'arrayUnique':
        if (constraints === undefined || typeof first !== 'function') list.uniqueItems = true
        break
      case 'isIn':
        if (isPlainList(first)) values = first
        break
    }
  }
  return { number, text, patterns, list, values }
}

/** Undefined for an expression that JSON Schema cannot say: one with flags, or that is none with the flag `u`. */
function sourceOf(pattern: unknown, flags: unknown): string | undefined {
  if (!(pattern instanceof RegExp) || /[^gu]/.test(pattern.flags) || flags !== undefined) return undefined
  try {
    return new RegExp(pattern.source, 'u').source
  } catch {
    return undefined
  }
}

function isPlainList(value: unknown): value is readonly (string | number)[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' || typeof one === 'number')
  )
}

import { Field } from '@lokstra/core'
import {
  Allow,
  IsDefined,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator'

/** What a flag gives: true or false, text, a number, or an object. */
export type FlagValue = boolean | string | number | null | readonly FlagValue[] | { readonly [key: string]: FlagValue }

/** A value for some of those who ask. All that a rule says has to hold; the first rule that holds counts. */
export class FlagRule {
  /** Default: every tenant. */
  @IsOptional() @Field({ type: () => String }) @IsNotEmpty({ each: true }) tenants?: string[]
  /** Default: every user. */
  @IsOptional() @Field({ type: () => String }) @IsNotEmpty({ each: true }) users?: string[]
  /** Share of those who ask, from 0 to 100. Who is in stays in when it grows. Default: all. */
  @IsOptional() @IsNumber() @Min(0) @Max(100) percentage?: number
  /** Of the type of the flag's default, or the name of a variant. */
  @IsDefined() @Allow() value!: FlagValue
}

export class FlagConfig {
  /** For everybody to whom no rule applies. Its type is that of the flag. With variants, the name of one. */
  @IsDefined() @Allow() @HasOneType() default!: FlagValue
  /** Values by name, all of one type. Default: `default` and the rules hold the values themselves. */
  @IsOptional() @Allow() variants?: Readonly<Record<string, FlagValue>>
  /** Who gets another value. Default none. */
  @Field({ type: () => FlagRule }) @ValidateNested({ each: true }) rules: FlagRule[] = []
}

export class FeatureFlagsConfig {
  /** By name. Default none. */
  @Field({ type: () => FlagConfig }) @ValidateNested({ each: true }) flags = new Map<string, FlagConfig>()
}

/** What a flag gives, in the words of OpenFeature. */
export type FlagType = 'boolean' | 'string' | 'number' | 'object'

/** Null has no type that a caller could ask for. */
export function typeOfValue(value: unknown): FlagType | undefined {
  if (value === null || value === undefined) return undefined
  const type = typeof value
  return type === 'boolean' || type === 'string' || type === 'number' || type === 'object' ? type : undefined
}

/** All values that a flag can have, by name where they have one. */
export function valuesOf({ default: standard, variants, rules }: FlagConfig): FlagValue[] {
  return variants ? Object.values(variants) : [standard, ...rulesOf(rules).map(({ value }) => value)]
}

/** While rules are checked a list may still be something else. */
function rulesOf(rules: readonly FlagRule[]): readonly FlagRule[] {
  return Array.isArray(rules) ? (rules as readonly FlagRule[]) : []
}

function HasOneType(): PropertyDecorator {
  return ValidateBy({
    name: 'hasOneType',
    validator: {
      validate: (_, args) => complaintOf(args!.object as FlagConfig) === undefined,
      defaultMessage: (args?: ValidationArguments) => `$property ${complaintOf(args!.object as FlagConfig) ?? ''}`,
    },
  })
}

function complaintOf(flag: FlagConfig): string | undefined {
  return complaintOfVariants(flag) ?? complaintOfTypes(flag)
}

function complaintOfVariants({ default: standard, variants, rules }: FlagConfig): string | undefined {
  if (variants === undefined) return undefined
  if (typeof variants !== 'object' || variants === null || Array.isArray(variants))
    return 'is set beside variants, which must be an object of values by name'
  const names = Object.keys(variants).join(', ')
  const isName = (value: unknown) => typeof value === 'string' && Object.hasOwn(variants, value)
  if (!isName(standard)) return `must be one of the variants: ${names}`
  const wrong = rulesOf(rules).findIndex(({ value }) => !isName(value))
  return wrong < 0 ? undefined : `has variants, and rules[${wrong}].value must be one of them: ${names}`
}

function complaintOfTypes(flag: FlagConfig): string | undefined {
  const values = valuesOf(flag)
  const type = typeOfValue(values[0])
  if (type === undefined) return 'must be true or false, text, a number, or an object'
  const other = values.findIndex((value) => typeOfValue(value) !== type)
  if (other < 0) return undefined
  const where = flag.variants ? `variants.${Object.keys(flag.variants)[other]}` : `rules[${other - 1}].value`
  return `is of type ${type}, and ${where} must be so too`
}

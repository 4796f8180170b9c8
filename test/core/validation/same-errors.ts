import { validateSync } from '@lokstra/core'
import { expect } from 'chai'
import { validateSync as classValidatorSync, ValidationError, type ValidatorOptions } from 'class-validator'

/** What a validation gave, or threw. */
export interface Outcome {
  readonly errors?: readonly ValidationError[]
  readonly thrown?: unknown
}

/** Calls a function as a test of what it gives or throws. */
export function attempt(run: () => readonly ValidationError[]): Outcome {
  try {
    return { errors: run() }
  } catch (thrown) {
    return { thrown }
  }
}

/** Validates here and in class-validator, compares, and gives the names of what failed in the object itself. */
export function failed(object: object, options?: ValidatorOptions): readonly string[] {
  const expected = attempt(() => classValidatorSync(object, options))
  const actual = attempt(() => validateSync(object, options))
  expect(difference(expected, actual)).to.equal(undefined)
  if (actual.errors === undefined) throw actual.thrown
  return actual.errors.flatMap(({ constraints }) => Object.keys(constraints ?? {}))
}

/** The errors as they are now: promises of rules that nobody awaits add to them later. */
export function copyErrors(errors: readonly ValidationError[]): readonly ValidationError[] {
  return errors.map((error) => {
    const copy = Object.assign(Object.create(Object.getPrototypeOf(error) as object) as ValidationError, error)
    if (error.children) copy.children = copyErrors(error.children) as ValidationError[]
    if (error.constraints) copy.constraints = { ...error.constraints }
    if (error.contexts) copy.contexts = { ...error.contexts }
    return copy
  })
}

/** The first difference between two outcomes; undefined when there is none. Objects must be the very same ones. */
export function difference(expected: Outcome, actual: Outcome): string | undefined {
  if ('thrown' in expected || 'thrown' in actual) return differentThrow(expected, actual)
  return differentLists(expected.errors, actual.errors, 'errors')
}

function differentThrow(expected: Outcome, actual: Outcome): string | undefined {
  const [one, other] = [expected, actual].map((outcome) =>
    'thrown' in outcome ? `throws ${describeThrown(outcome.thrown)}` : `gives ${String(outcome.errors?.length)} errors`,
  )
  return one === other ? undefined : `class-validator ${String(one)}, ours ${String(other)}`
}

function describeThrown(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
}

function differentLists(
  expected: readonly ValidationError[] | undefined,
  actual: readonly ValidationError[] | undefined,
  path: string,
): string | undefined {
  if (!expected || !actual) return expected === actual ? undefined : `${path}: only one is there`
  if (expected.length !== actual.length) {
    const list = (errors: readonly ValidationError[]) => errors.map(({ property }) => property).join()
    return `${path}: class-validator has ${list(expected)}, ours ${list(actual)}`
  }
  for (const [index, error] of expected.entries()) {
    const found = differentErrors(error, actual[index]!, `${path}[${index}]`)
    if (found !== undefined) return found
  }
  return undefined
}

function differentErrors(expected: ValidationError, actual: ValidationError, path: string): string | undefined {
  if (!(actual instanceof ValidationError)) return `${path}: is no ValidationError`
  const keys = Object.keys(expected).join()
  if (keys !== Object.keys(actual).join()) return `${path}: has ${Object.keys(actual).join()}, not ${keys}`
  if (expected.property !== actual.property) return `${path}.property: ${actual.property}, not ${expected.property}`
  const at = `${path} (${expected.property})`
  if (!Object.is(expected.target, actual.target)) return `${at}.target: not the same object`
  if (!Object.is(expected.value, actual.value)) return `${at}.value: not the same value`
  for (const part of ['constraints', 'contexts'] as const) {
    const [one, other] = [describe(expected[part]), describe(actual[part])]
    if (one !== other) return `${at}.${part}: class-validator ${one}, ours ${other}`
  }
  return differentLists(expected.children, actual.children, `${at}.children`)
}

/** With the order of keys, and with keys whose value is undefined. */
function describe(record: Readonly<Record<string, unknown>> | undefined): string {
  return JSON.stringify(record, (_key, value: unknown) => (value === undefined ? '<undefined>' : value)) ?? 'none'
}

import type { PreTest, PreTestFor } from './pre-test.js'
import { dates } from './dates.js'
import { internet } from './internet.js'
import { numbers } from './numbers.js'
import { text } from './text.js'

const byName: ReadonlyMap<string, PreTestFor> = new Map(Object.entries({ ...internet, ...dates, ...numbers, ...text }))

/** The pre-test of a rule of class-validator's own; undefined where there is none for these arguments. */
export function findPreTest(name: string, constraints: readonly unknown[] | undefined): PreTest | undefined {
  return byName.get(name)?.(constraints ?? [])
}

/** A validator that asks the pre-test first; `validate` itself where there is none. */
export function withPreTest<Args>(
  name: string,
  constraints: readonly unknown[] | undefined,
  validate: (value: unknown, args: Args) => unknown,
): (value: unknown, args: Args) => unknown {
  const preTest = findPreTest(name, constraints)
  if (!preTest) return validate
  const { of, test, refuses } = preTest
  const accepts = (test instanceof RegExp ? (value: string) => test.test(value) : test) as (value: unknown) => boolean
  return (value, args) => {
    if (typeof value !== of) return validate(value, args)
    return accepts(value) || (!refuses?.(value as string) && validate(value, args))
  }
}

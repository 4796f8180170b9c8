/** A test that is quicker than a rule of class-validator's and accepts nothing that the rule would not. */
export interface PreTest {
  /** What the test takes; it is not asked about other values. */
  readonly of: 'string' | 'number'
  /** In linear time, whatever the value. */
  readonly test: RegExp | ((value: never) => boolean)
  /** Accepts all that the rule accepts, so that the rule need not be asked. */
  readonly isExact: boolean
  /** What it finds the rule refuses, so that the rule need not be asked about it either. */
  readonly refuses?: (value: string) => boolean
}

/** Undefined where the arguments of the rule are such that the pre-test could accept too much. */
export type PreTestFor = (constraints: readonly unknown[]) => PreTest | undefined

/** All that the rule accepts. */
export function exactly(test: RegExp | ((value: string) => boolean)): PreTest {
  return { of: 'string', test, isExact: true }
}

/** The ordinary part of what the rule accepts. */
export function ordinarily(test: RegExp | ((value: string) => boolean)): PreTest {
  return { of: 'string', test, isExact: false }
}

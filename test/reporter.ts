import { writeFileSync } from 'node:fs'

import Mocha from 'mocha'

/** What the reporter leaves in the file that `TEST_SUMMARY` names. */
export interface TestSummary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Prints dots in CI and the tree of tests elsewhere; with `TEST_SUMMARY=<file>` it also writes the counts there as JSON. */
export default class Reporter {
  readonly #output: Mocha.reporters.Base

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    const Output = process.env.CI ? Mocha.reporters.Dot : Mocha.reporters.Spec
    this.#output = new Output(runner, options)
    const file = process.env.TEST_SUMMARY
    if (!file) return
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending: skipped } = this.#output.stats
      writeFileSync(file, JSON.stringify({ passed, failed, skipped } satisfies TestSummary))
    })
  }
}

import { LeveledLogger, Logger } from '@lokstra/core'

/** Keeps servers that are created as applications create them from writing between the results of tests. */
export class SilentLogger extends LeveledLogger {
  constructor() {
    super('silent')
  }

  child(): Logger {
    return this
  }

  protected override write(): void {}
}

export const silentLogger = { value: new SilentLogger(), provides: Logger }

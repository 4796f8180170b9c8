import { LeveledLogger, Service, type Logger } from '@lokstra/core'

/** Of the rehearsal nobody is told. */
@Service()
export class SilentLogger extends LeveledLogger {
  constructor() {
    super('silent')
  }

  child(): Logger {
    return this
  }

  protected override write(): void {}
}

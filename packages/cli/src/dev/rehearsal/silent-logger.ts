import { Logger, Service } from '@lokstra/core'

/** Of the rehearsal nobody is told. */
@Service()
export class SilentLogger extends Logger {
  level = 'silent' as const

  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  fatal(): void {}

  child(): Logger {
    return this
  }
}

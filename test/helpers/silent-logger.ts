import { Logger } from '@lokstra/core'

/** Keeps servers that are created as applications create them from writing between the results of tests. */
export class SilentLogger extends Logger {
  override readonly level = 'silent'
  override trace(): void {}
  override debug(): void {}
  override info(): void {}
  override warn(): void {}
  override error(): void {}
  override fatal(): void {}
  override child(): Logger {
    return this
  }
}

export const silentLogger = { value: new SilentLogger(), provides: Logger }

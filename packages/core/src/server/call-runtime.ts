import type { Container } from '../container/container.js'
import type { Logger } from '../logging/logger.js'

/** What calls need of the running server. */
export interface CallRuntime {
  readonly container: Container
  /** The one that counts at the moment. */
  readonly log: () => Logger
}

import { constants } from 'node:os'

import type { Logger } from '../logging/logger.js'

const signals = ['SIGTERM', 'SIGINT'] as const
/** npm forwards the Ctrl-C that its terminal has sent to every process already: what comes this soon is the same request. */
const sameRequestMs = 500

export interface Stoppable {
  readonly log: Logger
  stop(): Promise<unknown>
}

/**
 * The first SIGTERM or SIGINT stops the server in good order and exits 0; a later one exits at once with 128 + the signal's number.
 * An error that nothing caught is logged, then the server stops in good order and the process exits 1.
 * @returns takes the handlers off again
 */
export function handleSignals(server: Stoppable): () => void {
  let stoppingSince: number | undefined
  const stop = (exitCode: number) => {
    stoppingSince = performance.now()
    server.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        server.log.fatal('the server did not stop in good order', { err: error })
        process.exit(1)
      },
    )
  }
  const onSignal = (signal: (typeof signals)[number]) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameRequestMs) process.exit(128 + constants.signals[signal])
      return
    }
    server.log.info('stopping', { signal })
    stop(0)
  }
  const onError = (error: unknown) => {
    server.log.fatal('uncaught error: the server stops', { err: error })
    if (stoppingSince === undefined) stop(1)
  }
  for (const signal of signals) process.on(signal, onSignal)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('uncaughtException', onError)
    process.off('unhandledRejection', onError)
  }
}

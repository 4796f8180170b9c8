import { constants } from 'node:os'
import { isatty } from 'node:tty'

import type { Logger } from '../logging/logger.js'
import { outliveReader } from '../logging/outlive-reader.js'
import type { ReloadReport } from '../reload/reload-report.js'
import type { ServerPhase } from './server-runtime.js'

const signals = ['SIGTERM', 'SIGINT'] as const
/** npm forwards the Ctrl-C that its terminal has sent to every process already: what comes this soon is the same request. */
const sameRequestMs = 500

/** The servers of this process that signals stop: it exits with the last of them. */
const running = new Set<Stoppable>()
let exitCode = 0

export interface Stoppable {
  readonly log: Logger
  readonly phase: ServerPhase
  stop(): Promise<unknown>
  reload(): Promise<ReloadReport>
}

export interface SignalHandling {
  /** Makes up for what could not be done before. */
  serverReady(): void
  /** Takes the handlers off again. */
  end(): void
}

/**
 * The first SIGTERM or SIGINT stops the server in good order and exits 0; a later one exits at once with 128 + the signal's number.
 * An error that nothing caught is logged, then the server stops in good order and the process exits 1.
 * SIGHUP has the configuration read again, one that comes during the start once the server is ready; from a terminal it means that the
 * terminal is gone, and stops the server.
 */
export function handleSignals(server: Stoppable): SignalHandling {
  // Asked now: when the signal comes, the terminal that is gone is none any more.
  const isOnTerminal = isatty(0)
  let stoppingSince: number | undefined
  let hasFailedLate = false
  let hasHungUpEarly = false
  const stop = (code: number) => {
    stoppingSince = performance.now()
    const exit = (ownCode: number) => {
      exitCode = Math.max(exitCode, ownCode)
      running.delete(server)
      if (running.size === 0) process.exit(exitCode)
    }
    server.stop().then(
      () => exit(code),
      (error: unknown) => {
        server.log.fatal('server did not stop cleanly', { err: error })
        exit(1)
      },
    )
  }
  const onSignal = (signal: (typeof signals)[number] | 'SIGHUP') => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameRequestMs) process.exit(128 + constants.signals[signal])
      return
    }
    server.log.info('server stopping', { signal })
    stop(0)
  }
  const onError = (error: unknown) => {
    if (stoppingSince === undefined) {
      server.log.fatal('uncaught error: server stopping', { err: error })
      stop(1)
    } else if (!hasFailedLate) {
      // Once only: logging itself may be what fails.
      hasFailedLate = true
      server.log.fatal('uncaught error while stopping', { err: error })
    }
  }
  const onHangUp = () => {
    if (isOnTerminal) {
      onSignal('SIGHUP')
    } else if (server.phase === 'ready') {
      void readAgain(server)
    } else if (server.phase === 'starting') {
      hasHungUpEarly = true
    }
  }
  running.add(server)
  outliveReader(process.stdout)
  outliveReader(process.stderr)
  for (const signal of signals) process.on(signal, onSignal)
  process.on('SIGHUP', onHangUp)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return {
    serverReady() {
      if (hasHungUpEarly) void readAgain(server)
    },
    end() {
      running.delete(server)
      for (const signal of signals) process.off(signal, onSignal)
      process.off('SIGHUP', onHangUp)
      process.off('uncaughtException', onError)
      process.off('unhandledRejection', onError)
    },
  }
}

/** Who asks wants to hear what came of it, also when nothing changed, or when the same mistakes were told of before. */
async function readAgain(server: Stoppable): Promise<void> {
  server.log.info('configuration reload requested', { signal: 'SIGHUP' })
  try {
    const { outcome, problems } = await server.reload()
    const message = 'configuration reload finished'
    if (outcome === 'refused') server.log.warn(message, { outcome, problems: problems.map(({ code }) => code) })
    else server.log.info(message, { outcome })
  } catch (err) {
    server.log.error('configuration reload failed', { err })
  }
}

import { LeveledLogger, LokstraError, type LogFields, type Logger, type LogLevel } from '@lokstra/core'

import { openOwn } from './embedded-server.js'
import type { FromKeeper, KeeperOrder } from './kept-server.js'

/** Tells the process that has started the keeper, as long as it is there. */
class ForwardingLogger extends LeveledLogger {
  readonly #fields: LogFields

  constructor(levelFrom: LogLevel | Logger, fields: LogFields = {}) {
    super(levelFrom)
    this.#fields = fields
  }

  child(fields: LogFields): Logger {
    return new ForwardingLogger(this, { ...this.#fields, ...fields })
  }

  protected override write(level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields | undefined): void {
    tell({ type: 'log', level, message, fields: { ...this.#fields, ...fields } })
  }
}

function tell(message: FromKeeper): void {
  if (process.connected) process.send!(message, () => undefined)
}

const { keptFor, dataDir, durable } = JSON.parse(process.argv[2]!) as KeeperOrder
// Whoever ends the group of processes it is in ends the database in order.
const ended = new Promise<void>((resolve) => {
  process.stdin.once('close', resolve).once('end', resolve).once('error', resolve).resume()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
})
try {
  const server = await openOwn(dataDir, { dataDir, durable }, new ForwardingLogger('trace'), keptFor)
  tell({ type: 'ready' })
  await ended
  await server.release()
  process.exit(0)
} catch (error) {
  const { message } = error as Error
  if (LokstraError.is(error)) {
    const { code, problem, fix, isLasting } = error
    tell({ type: 'failed', code, problem, fix, isLasting })
  } else tell({ type: 'failed', problem: message, fix: '' })
  process.exitCode = 1
  process.disconnect?.()
}

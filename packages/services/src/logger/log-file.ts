import { writeSync } from 'node:fs'

import { pino, type DestinationStream } from 'pino'

/**
 * Writes lines to a descriptor before the call returns. It never throws: while the descriptor takes none, because the disk is full or the
 * terminal is gone, lines are lost and counted, and standard error is told when that begins and when it is over.
 */
export class LogFile implements DestinationStream {
  readonly #file: ReturnType<typeof pino.destination>
  readonly #destination: string
  #refusal: NodeJS.ErrnoException | undefined
  #isRefusing = false
  #lost = 0

  constructor(fd: number, destination: string) {
    this.#destination = destination
    this.#file = pino.destination({ fd, sync: true })
    // pino's own listener throws into whoever logs, except for EPIPE, at which it stops writing for good.
    this.#file.removeAllListeners('error').on('error', (error: Error) => (this.#refusal = error))
  }

  write(line: string): void {
    // The file keeps the rest of the line that was refused first, and begins with it: no line is torn in two.
    if (this.#isRefusing && !this.#hasWritten('')) {
      this.#lost++
    } else {
      if (this.#isRefusing) this.#tellOfEnd()
      if (!this.#hasWritten(line)) this.#tellOfBegin()
    }
  }

  #hasWritten(text: string): boolean {
    this.#refusal = undefined
    this.#file.write(text)
    return this.#refusal === undefined
  }

  #tellOfBegin(): void {
    this.#isRefusing = true
    this.#lost = 0
    tell('error', 'log destination fails: lines are lost', {
      destination: this.#destination,
      code: this.#refusal?.code,
    })
  }

  #tellOfEnd(): void {
    this.#isRefusing = false
    tell('warn', 'log destination works again', { destination: this.#destination, lost: this.#lost })
  }
}

/** Without `process.stderr`, which an error closes for good and which throws it where nobody listens. */
function tell(level: string, msg: string, fields: Readonly<Record<string, unknown>>): void {
  try {
    writeSync(2, `${JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg })}\n`)
  } catch {
    // There is nobody left to tell.
  }
}

import { setImmediate as afterPoll, setTimeout as delay } from 'node:timers/promises'

/** How often what is open is looked at, in milliseconds. */
const checkMs = 20

/**
 * Resolves when nothing is open any more.
 * @param look  ends what has been quiet for long enough; called again and again
 */
export async function untilClosed(open: { readonly size: number }, look: () => void): Promise<void> {
  while (open.size > 0) {
    look()
    await delay(checkMs)
    // Timers run before sockets are read: what has arrived by now must not count as silence.
    await afterPoll()
  }
}

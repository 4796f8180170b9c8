import { isThenable } from './is-thenable.js'
import { maxTimerMs } from './max-timer-ms.js'

/**
 * Whether the work ended in time. Work that goes on after its time is not waited for, and its later failure is not lost track of.
 * @param timeoutMs  milliseconds; what is longer than {@link maxTimerMs}, as Infinity is, counts as that
 */
export async function settlesWithin(work: unknown, timeoutMs: number): Promise<boolean> {
  if (!isThenable(work)) return true
  const promise = Promise.resolve(work)
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      promise.then(() => true),
      new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), Math.min(timeoutMs, maxTimerMs)))),
    ])
  } finally {
    clearTimeout(timer)
    // After a time-out nobody awaits the work any more; a failure then must not be an unhandled rejection.
    promise.catch(() => undefined)
  }
}

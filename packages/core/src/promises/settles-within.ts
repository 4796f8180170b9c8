import { isThenable } from './is-thenable.js'

/** Whether the work ended in time. Work that goes on after its time is not waited for, and its later failure is not lost track of. */
export async function settlesWithin(work: unknown, timeoutMs: number): Promise<boolean> {
  if (!isThenable(work)) return true
  const promise = Promise.resolve(work)
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      promise.then(() => true),
      new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), timeoutMs))),
    ])
  } finally {
    clearTimeout(timer)
    // After a time-out nobody awaits the work any more; a failure then must not be an unhandled rejection.
    promise.catch(() => undefined)
  }
}

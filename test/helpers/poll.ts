import { setTimeout as delay } from 'node:timers/promises'

/** How long anything may take, in milliseconds, on a machine that is busy with other things. */
const limitMs = 60_000

/** Resolves when the condition holds. @throws when it does not within a minute */
export async function poll(condition: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(describe())
    await delay(20)
  }
}

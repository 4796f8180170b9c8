import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what systems give to outgoing connections, so that none of those takes a port between its choice and its use. */
const lowest = 10_000
const highest = 30_000
const attempts = 200
const given = new Set<number>()

/** A port of 127.0.0.1 that is free, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`None of ${attempts} ports between ${lowest} and ${highest} is free`)
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const opened = once(probe, 'listening').then(
    () => true,
    () => false,
  )
  probe.listen(port, '127.0.0.1')
  if (!(await opened)) return false
  probe.close()
  await once(probe, 'close')
  return true
}

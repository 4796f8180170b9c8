import { execFileSync } from 'node:child_process'

/** Which cores the server and the load run on; undefined where processes cannot be bound to cores. */
export interface Cores {
  readonly server: number
  readonly load: number
}

/** The first two cores that this process may use. */
export function findCores(): Cores | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const listed = execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8', stdio: 'pipe' })
    const [server, load] = parseCores(listed.slice(listed.lastIndexOf(':') + 1).trim())
    return server === undefined || load === undefined ? undefined : { server, load }
  } catch {
    return undefined
  }
}

/** `0-3,8` → 0, 1, 2, 3, 8 */
export function parseCores(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const found = /^(\d+)(?:-(\d+))?$/.exec(range.trim())
    if (!found) return []
    const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])]
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

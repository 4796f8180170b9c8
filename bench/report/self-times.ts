import type { Profiler } from 'node:inspector'

export interface SelfTime {
  /** Function and file. */
  readonly place: string
  readonly micros: number
}

/** Time spent in each function itself, the longest first; what the process waited is left out. */
export function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): readonly SelfTime[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
  const micros = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const place = places.get(id)!
    if (place !== '(idle)') micros.set(place, (micros.get(place) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return [...micros].map(([place, time]) => ({ place, micros: time })).sort((a, b) => b.micros - a.micros)
}

function placeOf({ functionName, url, lineNumber }: { functionName: string; url: string; lineNumber: number }): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(packages|bench)\//, '')
  return `${name}  ${file}:${lineNumber + 1}`
}

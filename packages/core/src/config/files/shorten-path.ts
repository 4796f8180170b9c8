import { relative } from 'node:path'

/** Relative to the working folder, where that is shorter to read. */
export function shortenPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') || short === '' ? path : short
}

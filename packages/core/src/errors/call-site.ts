import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { compiledFolder } from './compiled-folder.js'

/** Written by the compiler into the user's file, where no source map knows them. */
const compilerHelper = /^\s*at (?:\w+\.)?__(?:decorate|param) /

/** The innermost package that a file belongs to: pnpm keeps packages below a `node_modules` of their own. */
const installedPackage = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/

/**
 * A place in the user's source. Capturing one is cheap (V8 formats a stack only when it is read);
 * the file and line are worked out when an error needs to print them.
 */
export class CallSite {
  #holder: { stack?: string } | undefined
  #text: string | undefined

  constructor(holder: { stack?: string }) {
    this.#holder = holder
  }

  /** `src/todos/todo.dto.ts:12`, relative to the working folder; the package, or `unknown place`, when no frame is the user's. */
  toString(): string {
    if (this.#text === undefined) {
      this.#text = describeFrame(this.#holder?.stack ?? '')
      // A kilobyte for each decorator of the program, which nobody needs any more.
      this.#holder = undefined
    }
    return this.#text
  }
}

/** Remembers the line that called the function `below`, or anything `below` called. */
export function captureSite(below: (...args: never[]) => unknown): CallSite {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  // One frame would do, were it not for decorators that users wrap in functions of their own inside node_modules.
  Error.stackTraceLimit = 8
  Error.captureStackTrace(holder, below)
  Error.stackTraceLimit = limit
  return new CallSite(holder)
}

function describeFrame(stack: string): string {
  let installed: string | undefined
  for (const line of stack.split('\n').slice(1)) {
    const match = /\(?((?:file:\/\/)?[^()\s][^()]*?):(\d+):(\d+)\)?$/.exec(line.trim().replace(/^at (?:async )?/, ''))
    if (!match || compilerHelper.test(line)) continue
    const place = match[1]!.replace(/^.*\((?=file:|\/)/, '')
    if (place.startsWith('node:')) continue
    const file = place.startsWith('file://') ? fileURLToPath(place) : place
    if (file.startsWith(compiledFolder)) continue
    const packageName = installedPackage.exec(file)?.[1]
    if (packageName === undefined) return toSource(file, Number(match[2]), Number(match[3]))
    installed ??= packageName.replace('\\', '/')
  }
  return installed ?? 'unknown place'
}

/** Follows `//# sourceMappingURL=` beside the compiled file, so that users read their own .ts lines in every mode. */
function toSource(file: string, line: number, column: number): string {
  // Sites are asked for class by class: keeping the latest map spares reading it again for each member.
  let read = latestMap?.deref()
  if (read?.file !== file) latestMap = new WeakRef((read = { file, ...readSourceMap(file) }))
  const { map, folder = '' } = read
  const entry = map?.findEntry(line - 1, column - 1)
  if (entry && 'originalSource' in entry) {
    return `${shorten(resolve(folder, entry.originalSource))}:${entry.originalLine + 1}`
  }
  return `${shorten(file)}:${line}`
}

interface ReadMap {
  readonly map?: SourceMap
  /** Folder of the map, from which its sources are named. */
  readonly folder?: string
}

/** Weakly: a map is as large as the file, and after the start nobody asks. */
let latestMap: WeakRef<ReadMap & { readonly file: string }> | undefined

function readSourceMap(file: string): ReadMap {
  try {
    const url = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(file, 'utf8'))?.[1]
    if (!url || url.startsWith('data:')) return {}
    const mapFile = resolve(dirname(file), url)
    const payload = JSON.parse(readFileSync(mapFile, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]
    return { map: new SourceMap(payload), folder: dirname(mapFile) }
  } catch {
    // No map, or one that cannot be read: the compiled line is the best answer there is.
    return {}
  }
}

const shortened = new Map<string, string>()

/** One text for each file: what V8 cuts out of a stack keeps the whole stack in memory. */
function shorten(file: string): string {
  let short = shortened.get(file)
  if (short === undefined) {
    short = relative(process.cwd(), file)
    if (short.startsWith('..')) short = file
    shortened.set(file, short)
  }
  return short
}

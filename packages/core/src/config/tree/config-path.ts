/** Keys and indexes that lead to a value: `['apps', 0, 'listen']`. */
export type ConfigPath = readonly (string | number)[]

/**
 * The place of a value, or of the nearest one around it that was written: `lokstra.yaml:12:5`.
 * `key` asks for the place of its key instead.
 */
export interface Locate {
  (path: ConfigPath, part?: 'key' | 'value'): string
  /** Whether a secret provider gave the value, or a part of it. Absent where none can have. */
  readonly isSecret?: (path: ConfigPath) => boolean
  /** The path from the root as people write it, with apps by their names. Absent where there is no root. */
  readonly fullPath?: (path: ConfigPath) => ConfigPath
}

/** `apps.api.routes[0].path`; keys that are no plain word are quoted. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (!/^[\w-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

/** A `Locate` for paths that start below `base`. */
export function locateBelow(locate: Locate, base: ConfigPath): Locate {
  const below: Locate = (path, part) => locate([...base, ...path], part)
  return Object.assign(below, {
    isSecret: (path: ConfigPath) => locate.isSecret?.([...base, ...path]) ?? false,
    fullPath: (path: ConfigPath) => locate.fullPath?.([...base, ...path]) ?? [...base, ...path],
  })
}

const pathStep = /(?:^|\.)([^\s.[\]="']+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y

/**
 * Reads `apps[0].listen`, `apps.api.listen` or `services["kv.redis"].url` from the front of a text.
 * @returns the path, empty where the text starts with none, and what stands behind it
 */
export function readPath(text: string): { readonly path: ConfigPath; readonly rest: string } {
  const path: (string | number)[] = []
  let end = 0
  for (;;) {
    pathStep.lastIndex = end
    const match = pathStep.exec(text)
    const step = match && readStep(match)
    if (step === null || step === undefined) return { path, rest: text.slice(end) }
    path.push(step)
    end = pathStep.lastIndex
  }
}

/** The path of a text that holds nothing else; undefined when it is none. */
export function parsePath(text: string): ConfigPath | undefined {
  const { path, rest } = readPath(text)
  return path.length > 0 && rest === '' ? path : undefined
}

/** @returns undefined for a key in quotes that escapes something unknown */
function readStep([, word, index, quoted]: RegExpExecArray): string | number | undefined {
  if (word !== undefined) return word
  if (index !== undefined) return Number(index)
  try {
    return JSON.parse(quoted!) as string
  } catch {
    return undefined
  }
}

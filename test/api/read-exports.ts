import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { repositoryRoot } from '../helpers/repository.js'
import { readTypes, type ExportedType } from './read-types.js'

interface DoorExports {
  /** Names that exist at run time, sorted. */
  readonly values: readonly string[]
  /** Names that exist for the compiler only, sorted. */
  readonly types: readonly string[]
}

/** The snapshot, by import path. */
export type Exports = Readonly<Record<string, DoorExports>>

export const snapshotFile = join(repositoryRoot, 'test/api/exports.json')

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
}

/** What users can import today: every door of every package imported, and its declarations read. */
export async function readExports(): Promise<Exports> {
  const types = readExportedTypes()
  const found: Record<string, DoorExports> = {}
  for (const path of doors().keys()) {
    const module = (await import(path)) as Readonly<Record<string, unknown>>
    found[path] = { values: Object.keys(module).sort(), types: types.get(path)!.map(({ name }) => name) }
  }
  return found
}

/** The types that packages export. */
export function readExportedTypes(): ReadonlyMap<string, readonly ExportedType[]> {
  return readTypes(doors())
}

/** Import path → file of declarations. */
function doors(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const folder of readdirSync(join(repositoryRoot, 'packages')).sort()) {
    const home = join(repositoryRoot, 'packages', folder)
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest
    for (const [door, file] of Object.entries(manifest.exports).sort()) {
      if (!door.endsWith('.json'))
        found.set(`${manifest.name}${door.slice(1)}`, join(home, file.replace(/\.js$/, '.d.ts')))
    }
  }
  return found
}

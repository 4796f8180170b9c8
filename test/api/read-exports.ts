import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { repositoryRoot } from '../helpers/repository.js'

/** The snapshot: import path → names of its values, sorted. */
export type Exports = Readonly<Record<string, readonly string[]>>

export const snapshotFile = join(repositoryRoot, 'test/api/exports.json')

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
}

/** What users can import today, by importing every door of every package. */
export async function readExports(): Promise<Exports> {
  const found: Record<string, readonly string[]> = {}
  for (const folder of readdirSync(join(repositoryRoot, 'packages')).sort()) {
    const manifest = JSON.parse(
      readFileSync(join(repositoryRoot, 'packages', folder, 'package.json'), 'utf8'),
    ) as Manifest
    for (const door of Object.keys(manifest.exports).sort()) {
      if (door.endsWith('.json')) continue
      const path = `${manifest.name}${door.slice(1)}`
      const module = (await import(path)) as Readonly<Record<string, unknown>>
      found[path] = Object.keys(module).sort()
    }
  }
  return found
}

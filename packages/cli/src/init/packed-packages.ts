import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { lokstraError } from '@lokstra/core'

import { E_PACKED_PACKAGES } from '../catalogue/command-line.js'

const packageNames = ['@lokstra/cli', '@lokstra/core', '@lokstra/middleware', '@lokstra/services']

/**
 * Finds the files that `npm run pack` made of the packages of Lokstra.
 * @returns what `package.json` says to install one of them, by its name
 * @throws LokstraError `E_PACKED_PACKAGES` when the folder lacks one
 */
export async function findPackedPackages(folder: string, version: string): Promise<Readonly<Record<string, string>>> {
  const files = new Set(await readdir(folder).catch(() => []))
  const fileOf = (name: string) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
  const missing = packageNames.filter((name) => !files.has(fileOf(name)))
  if (missing.length > 0) throw lokstraError(E_PACKED_PACKAGES, { folder, missing })
  return Object.fromEntries(packageNames.map((name) => [name, `file:${join(resolve(folder), fileOf(name))}`]))
}

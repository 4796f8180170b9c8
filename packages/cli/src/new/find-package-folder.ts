import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lokstraError } from '@lokstra/core'

import { E_PROJECT_MISSING } from '../catalogue/command-line.js'
import { foldersAbove } from '../files/folders-above.js'

/** The nearest folder at or above this one that holds a package.json. @throws LokstraError `E_PROJECT_MISSING` */
export function findPackageFolder(folder: string): string {
  const found = foldersAbove(folder).find((candidate) => existsSync(join(candidate, 'package.json')))
  if (found === undefined) throw lokstraError(E_PROJECT_MISSING, { folder })
  return found
}

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lokstraError } from '@lokstra/core'

import { E_PROJECT_MISSING } from '../catalogue/command-line.js'

/** The nearest folder at or above this one that holds a package.json. @throws LokstraError `E_PROJECT_MISSING` */
export function findPackageFolder(folder: string): string {
  for (let candidate = folder; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dirname(candidate) === candidate) throw lokstraError(E_PROJECT_MISSING, { folder })
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type * as Shop from '../../../samples/shop/dist/index.js'
import { repositoryRoot } from '../../helpers/repository.js'

/** Folder of the sample. */
export const shopFolder = join(repositoryRoot, 'samples/shop')

/** The very classes that its servers discover. */
export const shop = (await import(pathToFileURL(join(shopFolder, 'dist/index.js')).href)) as typeof Shop

/** A folder for the data of an embedded Postgres, and what removes it. */
export function temporaryData(): { readonly dataDir: string; remove(): void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-shop-'))
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }) }
}

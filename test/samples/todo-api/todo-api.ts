import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createTestServer, type TestServer } from '@lokstra/core/testing'

import { repositoryRoot } from '../../helpers/repository.js'

/** Folder of the sample. */
export const todoApiFolder = join(repositoryRoot, 'samples/todo-api')

/** The sample as it is, on a free port, with these changes to its database. */
export function startTodoApi(db: Readonly<Record<string, unknown>>): Promise<TestServer> {
  return createTestServer({ file: join(todoApiFolder, 'lokstra.yaml'), config: { services: { db } }, listen: true })
}

/** A folder for the data of an embedded Postgres, and what removes it. */
export function temporaryData(): { readonly dataDir: string; remove(): void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-todo-'))
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) }
}

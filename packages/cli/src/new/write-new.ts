import { join, relative } from 'node:path'

import { readTemplate } from '../files/read-template.js'
import { refuseExisting, writeFiles, type Files } from '../files/write-files.js'
import { findPackageFolder } from './find-package-folder.js'
import { formatFiles } from './format.js'
import type { Kind } from './kinds.js'
import { nextMigration } from './next-migration.js'
import type { Names } from './names.js'

export interface NewOptions {
  /** Says what would be written, and writes nothing. */
  readonly dryRun?: boolean
  readonly force?: boolean
}

/** Writes the files of a kind into the project around the working folder. @returns what to tell its author */
export async function writeNew(kind: Kind, names: Names, options: NewOptions): Promise<string> {
  const files = await readTemplate(`new/${kind.name}`, {
    // First, since it holds another one: how far up a test must go depends on its folder.
    '../../src/sample-folder': `${'../'.repeat(names.folder.split('/').length + 1)}src/${names.folder}`,
    'sample-folder': names.folder,
    'sample-path': names.path,
    'sample-name': names.file,
    'sample-words': names.words,
    SampleName: names.type,
    sampleName: names.variable,
  })
  return write(findPackageFolder(process.cwd()), files, kind.next(names), options)
}

/** Writes the next migration. @param folder  relative to the project */
export async function writeMigration(names: Names, folder: string, options: NewOptions): Promise<string> {
  const project = findPackageFolder(process.cwd())
  const [[, content] = ['', '']] = await readTemplate('new/migration', {})
  const path = await nextMigration(project, folder, names.snake)
  const next = `Write its SQL. The server applies it when it starts, if a postgres service has migrations: ./${folder}`
  return write(project, new Map([[path, content]]), next, options)
}

async function write(
  project: string,
  drafts: Files,
  next: string,
  { dryRun, force = false }: NewOptions,
): Promise<string> {
  const files = await formatFiles(project, drafts)
  if (dryRun) await refuseExisting(project, files.keys(), force)
  else await writeFiles(project, files, { force })
  const verb = dryRun ? 'Would write' : 'Wrote'
  const lines = [...files.keys()].map((path) => `${verb} ${relative(process.cwd(), join(project, path))}`)
  return [...lines, ...(dryRun ? [] : ['', 'Next:', `  ${next}`]), ''].join('\n')
}

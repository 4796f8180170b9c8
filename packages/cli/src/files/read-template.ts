import { readdir, readFile } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Files } from './write-files.js'

/** Folder of the templates in this package. */
export const templatesFolder = fileURLToPath(new URL('../../templates', import.meta.url))

/** Texts that stand in a template, and what takes their place in contents and paths. */
export type Replacements = Readonly<Record<string, string>>

/**
 * Reads a folder of the templates. A file is named `_gitignore` where it will be `.gitignore`: npm leaves files of such names out
 * of packages.
 */
export async function readTemplate(name: string, replacements: Replacements): Promise<Files> {
  const folder = join(templatesFolder, name)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
  const files = new Map<string, string>()
  for (const path of paths) {
    const content = await readFile(join(folder, path), 'utf8')
    files.set(replace(targetOf(path), replacements), replace(content, replacements))
  }
  return files
}

function targetOf(path: string): string {
  return path
    .split(sep)
    .map((part) => (part === basename(path) ? part.replace(/^_/, '.') : part))
    .join('/')
}

function replace(text: string, replacements: Replacements): string {
  return Object.entries(replacements).reduce((result, [sample, own]) => result.replaceAll(sample, () => own), text)
}

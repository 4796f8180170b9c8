import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { Files } from '../files/write-files.js'

/** What is used of prettier. */
interface Prettier {
  resolveConfig(file: string, options: { editorconfig: boolean }): Promise<object | null>
  getFileInfo(file: string): Promise<{ inferredParser: string | null }>
  format(text: string, options: object): Promise<string>
}

/** The files as the prettier of a project writes them: names decide where lines break. As they are in a project without one. */
export async function formatFiles(project: string, files: Files): Promise<Files> {
  const prettier = await findPrettier(project)
  if (prettier === undefined) return files
  const formatted = new Map<string, string>()
  for (const [path, content] of files) {
    const filepath = join(project, path)
    const { inferredParser } = await prettier.getFileInfo(filepath)
    const options = { ...(await prettier.resolveConfig(filepath, { editorconfig: true })), filepath }
    formatted.set(path, inferredParser === null ? content : await prettier.format(content, options))
  }
  return formatted
}

async function findPrettier(project: string): Promise<Prettier | undefined> {
  try {
    const file = createRequire(join(project, 'package.json')).resolve('prettier')
    const module = (await import(pathToFileURL(file).href)) as Prettier & { readonly default?: Prettier }
    return module.default ?? module
  } catch {
    return undefined
  }
}

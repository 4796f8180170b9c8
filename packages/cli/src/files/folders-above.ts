import { dirname } from 'node:path'

/** A folder and all that it is in, the folder itself first. */
export function foldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)]
}

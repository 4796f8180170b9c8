import { sep } from 'node:path'

/** Whether an absolute path is a folder, or of something in it. */
export function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

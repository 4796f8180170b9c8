import { fileURLToPath } from 'node:url'

/**
 * Absolute path of the folder with the compiled files of this package, ending in a separator. Where a module is in it differs: the
 * published package has many of them in one file.
 */
export const compiledFolder = /^.*[\\/]dist[\\/]/.exec(fileURLToPath(import.meta.url))![0]

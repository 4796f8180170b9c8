import { constants, open } from 'node:fs/promises'

/** What stands at a path is there, and is not to be read. */
export class UnfitFileError extends Error {
  /** @param reason  follows the path: `is no file` */
  constructor(readonly reason: string) {
    super(reason)
  }
}

/**
 * Reads a file, and nothing else: a pipe would be waited for until somebody writes into it, and a device may never end.
 * @throws UnfitFileError; NodeJS.ErrnoException
 */
export async function readRegularFile(path: string, limitBytes: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    // Of a folder, reading says what it is.
    if (!stats.isFile() && !stats.isDirectory()) throw new UnfitFileError('is no file')
    if (stats.size > limitBytes) throw new UnfitFileError(`is larger than ${limitBytes / 1024 / 1024} MiB`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

import { chmodSync } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { isMainThread } from 'node:worker_threads'

/**
 * Removes the socket file that a process left which ended without closing it.
 * @returns why the path cannot be taken; undefined when it is free
 */
export async function freeSocketPath(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats) return undefined
  if (!stats.isSocket()) return 'a file of that name exists and is no socket'
  if (await answers(path)) return 'another process answers on the socket'
  // Two processes that start at once may both get here; the second then fails to listen, which says what is wrong.
  await unlink(path).catch(() => undefined)
  return undefined
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    // Only a refusal proves that nobody listens; where the socket may not be asked, it is somebody else's.
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })
}

/**
 * Listens on a socket file, which nobody finds with wider permissions than {@link setSocketMode} gives it. Threads have no umask of their
 * own: there it may be, for an instant.
 * @param mode  undefined for what the umask leaves
 */
export function listenOnSocket(server: Server, path: string, mode: number | undefined): void {
  const umask = mode !== undefined && isMainThread ? process.umask(0o777 & ~mode) : undefined
  try {
    // The file is made within the call.
    server.listen({ path })
  } finally {
    if (umask !== undefined) process.umask(umask)
  }
}

/** @throws the error of the system where it has no permissions for sockets, or somebody has removed the file */
export function setSocketMode(path: string, mode: number | undefined): void {
  if (mode !== undefined) chmodSync(path, mode)
}

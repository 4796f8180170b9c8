import { chown, lstat, readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** The user that Postgres runs as where this process is root, which Postgres refuses to be. Undefined: the same user. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
}

/** `nobody`, by the number that it has nearly everywhere. */
const nobody: RunAs = { uid: 65_534, gid: 65_534 }

/** Whoever owns the data already, or nobody. */
export async function chooseRunAs(clusterFolder: string): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(clusterFolder).catch(() => undefined)
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody
}

/** Gives a tree to the user; links are not followed. */
export async function giveTo(path: string, user: RunAs): Promise<void> {
  await chown(path, user.uid, user.gid)
  if (!(await lstat(path)).isDirectory()) return
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await giveTo(join(path, entry.name), user)
  }
}

/** Whether the permissions of a folder, and of each one above it, let the user in. */
export async function canEnter(folder: string, user: RunAs): Promise<boolean> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const { uid, gid, mode } = await stat(path)
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (path === dirname(path)) return true
  }
}

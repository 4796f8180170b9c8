import { readdir, readFile, readlink } from 'node:fs/promises'

/** What a process holds. */
export interface Resources {
  readonly sockets: number
  readonly megabytes: number
}

/** Of a process of this machine; undefined where the system does not tell, as elsewhere than on Linux, or where it has just ended. */
export async function resourcesOf(pid: number): Promise<Resources | undefined> {
  try {
    const folder = `/proc/${pid}/fd`
    const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')))
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    const sockets = links.filter((link) => link.startsWith('socket:')).length
    return { sockets, megabytes: Math.round(Number(kilobytes) / 1024) }
  } catch {
    return undefined
  }
}

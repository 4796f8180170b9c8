import { once } from 'node:events'
import type { Session } from 'node:inspector/promises'
import type { AddressInfo, Server } from 'node:net'

/** What the measuring process may ask of a target. */
export type Question = 'usage' | 'memory' | 'start profile' | 'stop profile'

export interface Usage {
  /** Microseconds of CPU since the process began. */
  readonly cpuMicros: number
}

export interface Memory {
  readonly rssBytes: number
  readonly heapUsedBytes: number
}

/** Listens on a free port, says so, and answers the questions of the measuring process. */
export async function serve(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  announce((server.address() as AddressInfo).port)
}

/** For a server that listens already. */
export function announce(port: number): void {
  if (process.send === undefined) {
    process.stdout.write(`http://127.0.0.1:${port}\n`)
    return
  }
  process.on('message', (question: Question) => void answer(question))
  process.on('disconnect', () => process.exit())
  process.send({ port })
}

async function answer(question: Question): Promise<void> {
  process.send!(await answers[question]())
}

const answers: Readonly<Record<Question, () => unknown>> = {
  usage: readUsage,
  memory: readMemory,
  'start profile': startProfile,
  'stop profile': stopProfile,
}

let session: Session | undefined

async function startProfile(): Promise<object> {
  const { Session } = await import('node:inspector/promises')
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  return {}
}

async function stopProfile(): Promise<object> {
  const { profile } = await session!.post('Profiler.stop')
  session!.disconnect()
  return profile
}

function readUsage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system }
}

function readMemory(): Memory {
  // Twice: the first collection runs finalisers, whose garbage the second one takes.
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return { rssBytes: rss, heapUsedBytes: heapUsed }
}

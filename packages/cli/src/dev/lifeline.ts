import { Socket } from 'node:net'
import { isMainThread, workerData } from 'node:worker_threads'

/** Descriptor of the pipe that the supervisor holds open as long as it lives, however it dies. */
export const lifelineFd = 4
/** What the process gets to stop in order after that, in milliseconds. */
const graceMs = 3_000

if (!isMainThread) {
  const lifeline = new Socket({ fd: workerData as number, readable: true, writable: false })
  lifeline.on('error', () => undefined)
  lifeline.once('close', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs))
  lifeline.resume()
}

import type { ChildProcess } from 'node:child_process'

/** Sends a signal to a detached process and to those that it has started. Nothing happens where it has ended. */
export function endGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // It has ended in this moment.
  }
}

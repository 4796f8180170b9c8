/** How often is looked whether the shell is still there, in milliseconds. */
const everyMs = 500

const signals = ['SIGTERM', 'SIGINT'] as const

/**
 * npm and npx run a command in a shell. The SIGTERM that they get they hand on to the shell only, which ends and tells nobody. So that
 * the server is not left behind, it gets the SIGTERM that was meant for it as soon as the shell is gone. Without npm nothing is done:
 * to outlive a shell is what `nohup` and `&` are for. For processes that stop at a signal by now.
 * @param shell  `process.ppid` of the time when the process began
 * @param stopsAtHangUp  whether SIGHUP stops it as well
 */
export function stopWithShell(shell: number, stopsAtHangUp: boolean): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    leave()
    process.kill(process.pid, 'SIGTERM')
  }, everyMs).unref()
  // A second signal would end at once what the first has asked to stop in good order.
  const leave = (): void => clearInterval(watch)
  for (const signal of signals) process.once(signal, leave)
  if (stopsAtHangUp) process.once('SIGHUP', leave)
}

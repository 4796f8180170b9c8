/** Says on standard error what is under way: on a terminal one line with the seconds so far, elsewhere one line at its start. */
export async function withProgress<T>(label: string, work: () => Promise<T>): Promise<T> {
  const { stderr } = process
  if (!stderr.isTTY) {
    stderr.write(`${label} …\n`)
    return work()
  }
  const started = performance.now()
  const show = () => stderr.write(`\r\u001b[K${label} … ${Math.round((performance.now() - started) / 1_000)} s`)
  show()
  const timer = setInterval(show, 1_000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    stderr.write('\n')
  }
}

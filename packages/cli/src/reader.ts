/** What to do when whoever reads the output goes: Node reports it as an error of the stream, which is uncaught where nobody listens. */
const streams = [process.stdout, process.stderr]

/** Ends the process: quietly when its reader goes, as `head` does after its lines, and with what is wrong when the disk is full. */
export function endWithReader(): void {
  for (const stream of streams) stream.on('error', end)
}

/** For what serves others than its reader. What is printed from then on is lost. */
export function outliveReader(): void {
  for (const stream of streams) stream.off('error', end).on('error', ignore)
}

function end(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`The output cannot be written: ${error.message}\n`)
  process.exit(1)
}

function ignore(): void {
  // There is nobody left to tell.
}

/**
 * Keeps the process alive when whoever reads a standard stream is gone: EPIPE would be an uncaught error, and logging that one
 * would be the next. What is written from then on is lost.
 */
export function outliveReader(stream: NodeJS.WriteStream): void {
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
}

function ignore(): void {
  // There is nobody left to tell.
}

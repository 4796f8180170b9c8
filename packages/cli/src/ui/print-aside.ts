/**
 * Does something that runs code of the project. What that prints to standard output goes to standard error meanwhile: it is no result of
 * a command.
 */
export async function printAside<T>(work: () => Promise<T>): Promise<T> {
  const { stdout, stderr } = process
  const own = Object.getOwnPropertyDescriptor(stdout, 'write')
  stdout.write = stderr.write.bind(stderr)
  try {
    return await work()
  } finally {
    if (own) Object.defineProperty(stdout, 'write', own)
    else Reflect.deleteProperty(stdout, 'write')
  }
}

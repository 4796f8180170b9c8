import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'

/** Runs a line of a shell on a terminal of its own, 100 characters wide. What is written to its input is typed. */
export function spawnOnTerminal(
  line: string,
  { cwd, env = process.env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): ChildProcessWithoutNullStreams {
  const command = `stty cols 100 rows 40; ${line}`
  return spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd, env })
}

/** What a line of a shell shows on a terminal by the time that it has ended. */
export async function screenOf(line: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawnOnTerminal(line, { env })
  try {
    let screen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
    await once(child, 'close')
    return screen.replaceAll('\r\n', '\n')
  } finally {
    child.kill('SIGKILL')
  }
}

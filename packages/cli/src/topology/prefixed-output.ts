import { styleText } from 'node:util'
import type { Readable } from 'node:stream'

const colors = ['cyan', 'magenta', 'yellow', 'blue', 'green', 'redBright', 'cyanBright', 'magentaBright'] as const
/** Characters of a line that does not end, after which it is shown in pieces. */
const mostHeld = 64 * 1024

/** Shows the lines of several servers with the name of each in front. */
export class PrefixedOutput {
  readonly #width: number
  readonly #names: readonly string[]

  constructor(names: readonly string[]) {
    this.#names = names
    this.#width = Math.max(...names.map((name) => name.length))
  }

  /** Shows what a server writes, line by line. */
  follow(name: string, source: Readable, target: NodeJS.WriteStream): void {
    const prefix = this.#prefix(name, target)
    let open = ''
    source.setEncoding('utf8')
    source.on('data', (text: string) => {
      const lines = (open + text).split('\n')
      open = lines.pop()!
      if (open.length > mostHeld) {
        lines.push(open)
        open = ''
      }
      if (lines.length > 0) target.write(lines.map((line) => `${prefix}${line}\n`).join(''))
    })
    source.on('close', () => {
      if (open !== '') target.write(`${prefix}${open}\n`)
    })
    source.on('error', () => undefined)
  }

  /** Says something of a server. */
  say(name: string, text: string): void {
    process.stderr.write(`${this.#prefix(name, process.stderr)}${text}\n`)
  }

  #prefix(name: string, stream: NodeJS.WriteStream): string {
    const color = colors[this.#names.indexOf(name) % colors.length] ?? 'cyan'
    return styleText(color, `${name.padEnd(this.#width)} │ `, { stream })
  }
}

import { styleText } from 'node:util'

import type { Failure } from './messages.js'

const mostFiles = 3

/** What `lokstra dev` says itself, on standard error. */
export class DevConsole {
  readonly #stream: NodeJS.WriteStream
  /** What the last failure was about, until something succeeds. */
  #told: string | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  changed(files: readonly string[]): void {
    const named = files.slice(0, mostFiles).join(', ')
    const more = files.length > mostFiles ? ` and ${files.length - mostFiles} more` : ''
    this.#say(`${this.#style('cyan', '↻')} ${named}${more} changed`)
  }

  ready(ms: number, urls: readonly string[]): void {
    this.#told = undefined
    this.#say(`${this.#style('green', '✓')} ready in ${Math.round(ms)} ms  ${urls.join('  ')}`)
  }

  reloaded(ms: number): void {
    this.#told = undefined
    this.#say(`${this.#style('green', '✓')} configuration reloaded in ${Math.round(ms)} ms`)
  }

  /** A failure that nothing was done about is not told in full again. */
  failed({ title, text, shown }: Failure): void {
    const isAsBefore = text === this.#told
    this.#told = text
    if (shown !== undefined && !isAsBefore) this.#stream.write(`${shown}\n\n`)
    this.#say(`${this.#style('red', '✗')} ${title}${isAsBefore ? ', as before' : ''}; waiting for a change`)
  }

  note(text: string): void {
    this.#say(text)
  }

  #say(line: string): void {
    this.#stream.write(`${line}\n`)
  }

  #style(color: 'cyan' | 'green' | 'red', text: string): string {
    return styleText(color, text, { stream: this.#stream })
  }
}

import { join } from 'node:path'

import { maskFailure } from '../secrecy/covered-failures.js'
import type { BootError } from './boot-error.js'
import { CodeFrames, isNear } from './code-frame.js'
import { compiledFolder } from './compiled-folder.js'
import { LokstraError } from './lokstra-error.js'
import { createPaint, type Paint } from './paint.js'

/** Frames of Node, of this package, compiled or by its source map, and of the command line and other packages of ours. */
const packageRoot = join(compiledFolder, '../')
const ofPackages = 'at async Promise\\.|[\\\\/]@lokstra[\\\\/]\\w+[\\\\/]dist[\\\\/]'
const ours = new RegExp(
  `node:|<anonymous>|${ofPackages}|${packageRoot.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?:dist|src)[\\\\/]`,
)

/** Of one problem: two that do not fit one another are seen side by side. */
const mostFrames = 2

/** How a failure is printed. */
export interface DescribeFailureOptions {
  /** Marks the parts of the text with colours of the terminal. Default false. */
  readonly color?: boolean
}

/**
 * Why a server does not start, for people to read: what an error of the catalogue says of itself, with the lines that it is about;
 * of any other its stack; each with its causes. Secrets are masked.
 */
export function describeBootFailure(error: unknown, { color = false }: DescribeFailureOptions = {}): string {
  const paint = createPaint(color)
  return maskFailure(error, new Description(paint).describe(error, []))
}

/** The stack; of a cause, which something else tells of already, only the lines of the user. */
function stackOf(error: Error, isCause: boolean): string {
  const { stack = error.message } = error
  if (!isCause) return stack
  return stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || !ours.test(line))
    .join('\n')
}

class Description {
  readonly #paint: Paint
  readonly #frames: CodeFrames

  constructor(paint: Paint) {
    this.#paint = paint
    this.#frames = new CodeFrames(paint)
  }

  describe(error: unknown, above: readonly unknown[]): string {
    if (!(error instanceof Error)) return String(error)
    if (above.includes(error)) return `${error.name}, as above`
    const here = [...above, error]
    const text = LokstraError.is(error) ? this.#known(error, here) : stackOf(error, above.length > 0)
    return error.cause === undefined ? text : `${text}\n  cause  ${this.describe(error.cause, here)}`
  }

  #known(error: LokstraError, here: readonly unknown[]): string {
    const { problems } = error as Partial<BootError>
    if (!problems) return this.#problem(error)
    if (problems.length === 1) return this.describe(problems[0], here)
    const list = problems.map((problem, index) => `${index + 1}. ${this.describe(problem, here)}`)
    return `${this.#paint('bold', `${error.problem}:`)}\n\n${list.join('\n\n')}`
  }

  /** Each place; those that are not next to one another, with lines of their own. */
  #places(where: readonly string[]): string {
    const framed = where.filter((place, index) => !where.slice(0, index).some((other) => isNear(place, other)))
    const frames = new Map(framed.slice(0, mostFrames).map((place) => [place, this.#frames.frame(place)]))
    const shown = [...frames.values()].filter((frame) => frame !== '')
    const below = (frame: string | undefined) => (frame ? `\n\n${frame}\n` : '')
    const list = where.map((place) => {
      const own = shown.length > 1 ? below(frames.get(place)) : ''
      return `\n  at   ${this.#paint('cyan', place)}${own}`
    })
    return `${list.join('')}${shown.length === 1 ? below(shown[0]) : ''}`
  }

  #problem({ code, problem, where, fix, docs }: LokstraError): string {
    return `${this.#paint('red', `${code}:`)} ${problem}${this.#places(where)}\n  fix  ${this.#paint('green', fix)}\n  see  ${docs}`
  }
}

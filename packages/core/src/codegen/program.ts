/**
 * The text of functions that are compiled together. Whatever comes from metadata reaches them as a constant, by reference, or as a
 * literal that {@link literal} wrote: no message, name, pattern or enum value can become code.
 */
export class Program {
  readonly #constants = new Map<unknown, string>()
  readonly #functions = new Map<string, string>()
  readonly #names = new Set<string>()

  /** The name under which the text refers to a value; the same value has one name. */
  constant(value: unknown, hint: string): string {
    let name = this.#constants.get(value)
    if (name === undefined) {
      name = this.#unique(hint)
      this.#constants.set(value, name)
    }
    return name
  }

  /** Reserves the name of a function, so that functions may call one another in circles. */
  declare(hint: string): string {
    return this.#unique(hint)
  }

  /** Gives a declared function its text. */
  define(name: string, parameters: string, lines: readonly string[]): void {
    this.#functions.set(name, `function ${name}(${parameters}) {\n${indent(lines)}\n}`)
  }

  /** All functions, as `lokstra routes --plan --code` shows them. */
  text(): string {
    return [...this.#functions.values()].join('\n\n')
  }

  /**
   * Compiles all functions and gives one of them.
   * @throws EvalError where the process forbids code from strings; see {@link canGenerateCode}
   */
  compile<F>(name: string): F {
    const names = [...this.#constants.values()]
    // The text holds literals and names only; what the names stand for is passed as arguments.
    const build = new Function(...names, `'use strict'\n${this.text()}\nreturn ${name}`)
    return build(...this.#constants.keys()) as F
  }

  #unique(hint: string): string {
    const base = hint.replace(/\W+/g, '_').replace(/^(?=\d)/, '_').slice(0, maxNameLength) || '_'
    let name = base
    for (let count = 2; this.#names.has(name) || reserved.has(name); count++) name = `${base}_${count}`
    this.#names.add(name)
    return name
  }
}

const maxNameLength = 60

/** Words that cannot be names, and names that the emitted text itself uses. */
const reserved: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof undefined var void while with yield ' +
    'Array Boolean Date Infinity Map Math NaN Number Object Set String Symbol'
  ).split(' '),
)

/** A string, number, boolean, null or undefined as text of a program. */
export function literal(value: string | number | boolean | null | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return Object.is(value, -0) ? '-0' : String(value)
}

const plainName = /^[A-Za-z_$][\w$]*$/

/** `object.name`, or `object["any name"]`. */
export function member(object: string, property: string): string {
  return plainName.test(property) ? `${object}.${property}` : `${object}[${literal(property)}]`
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^/gm, '  ')).join('\n')
}

/** False under `--disallow-code-generation-from-strings` and the like: the interpreters serve then. */
export const canGenerateCode: boolean = (() => {
  try {
    return new Function('return true')() as boolean
  } catch {
    return false
  }
})()

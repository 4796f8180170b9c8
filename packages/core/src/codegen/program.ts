/**
 * The text of functions that are compiled together. Whatever comes from metadata reaches them as a constant, by reference, or as a
 * literal that {@link literal} wrote: no message, name, pattern or enum value can become code.
 */
export class Program {
  readonly #constants = new Map<unknown, Constant>()
  readonly #functions = new Map<string, string>()
  readonly #names = new Set<string>()
  /** The last number given to each base: a program of many like-named constants is not to search for every name. */
  readonly #counts = new Map<string, number>()

  /** The name under which the text refers to a value; the same value has one name. */
  constant(value: unknown, hint: string): string {
    // A map takes 0 and -0 for one key.
    const key = Object.is(value, -0) ? minusZero : value
    let constant = this.#constants.get(key)
    if (constant === undefined) {
      constant = { name: this.#unique(hint), value }
      this.#constants.set(key, constant)
    }
    return constant.name
  }

  /** Reserves a name: of a function, so that functions may call one another in circles, or of a variable inside one. */
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
    const constants = [...this.#constants.values()]
    // The text holds literals and names only; what the names stand for is passed as arguments.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what this class is for
    const build = new Function(
      ...constants.map((constant) => constant.name),
      `'use strict'\n${this.text()}\nreturn ${name}`,
    ) as (...values: unknown[]) => unknown
    return build(...constants.map((constant) => constant.value)) as F
  }

  #unique(hint: string): string {
    // Cut first: a pattern need not run over ten kilobytes of name.
    const base =
      hint
        .slice(0, maxNameLength)
        .replace(/\W+/g, '_')
        .replace(/^(?=\d)/, '_') || '_'
    let name = base
    let count = this.#counts.get(base) ?? 1
    while (this.#names.has(name) || reserved.has(name) || name in globalThis) name = `${base}_${++count}`
    this.#counts.set(base, count)
    this.#names.add(name)
    return name
  }
}

interface Constant {
  readonly name: string
  readonly value: unknown
}

const minusZero = Symbol('-0')

const maxNameLength = 60

/** Words that cannot be names in strict code. Globals are none either: the emitted text uses them, and no constant is to hide one. */
const reserved: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
)

/**
 * A string, number, boolean, null or undefined as text of a program. Line separators are escaped although strings may hold them:
 * text is indented line by line. `</` is, too: the text may be shown on a page.
 */
export function literal(value: string | number | boolean | null | undefined): string {
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value)
  return JSON.stringify(value).replace(/[\u2028\u2029]|<\//g, (found) => escapes[found]!)
}

const escapes: Readonly<Record<string, string>> = { '\u2028': '\\u2028', '\u2029': '\\u2029', '</': '<\\/' }

const plainName = /^[A-Za-z_$][\w$]*$/

/** `object.name`, or `object["any name"]`. */
export function member(object: string, property: string): string {
  return plainName.test(property) ? `${object}.${property}` : `${object}[${literal(property)}]`
}

/**
 * `object.name = value`, as a statement. `__proto__` is defined instead: to assign it would give the object another prototype.
 * @param value  text of an expression
 */
export function assignment(object: string, property: string, value: string): string {
  if (property !== '__proto__') return `${member(object, property)} = ${value}`
  return `Object.defineProperty(${object}, "__proto__", { value: ${value}, writable: true, enumerable: true, configurable: true })`
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^/gm, '  ')).join('\n')
}

/** False under `--disallow-code-generation-from-strings` and the like: the interpreters serve then. */
export const canGenerateCode: boolean = (() => {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- to see whether it is allowed
    return (new Function('return true') as () => boolean)()
  } catch {
    return false
  }
})()

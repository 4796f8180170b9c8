import type { Issue } from '../../binding/issue.js'
import { E_CONFIG_KEY_UNKNOWN, E_CONFIG_VALUE_INVALID, E_CONFIG_VALUE_MISSING } from '../../errors/catalogue/config.js'
import { byCloseness, didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { formatPath, type ConfigPath, type Locate } from '../tree/config-path.js'
import { describeValue } from './describe-value.js'
import { isUnusable } from '../tree/unusable.js'

/** Turns what is wrong with configured values into errors of the catalogue, each with its path and place. */
export class ConfigReport {
  readonly #problems: LokstraError[]
  readonly #locate: Locate
  readonly #label: string
  readonly #seen = new Map<string, ConfigPath>()

  /** @param label  What the paths start from, such as `services.db`; empty for the root. */
  constructor(problems: LokstraError[], locate: Locate, label = '') {
    this.#problems = problems
    this.#locate = locate
    this.#label = label
  }

  /** The path as reports write it, with apps by their names. */
  nameOf(path: ConfigPath): string {
    if (this.#label === '') return formatPath(this.#locate.fullPath?.(path) ?? path) || 'The configuration'
    const text = formatPath(path)
    return text.startsWith('[') || text === '' ? `${this.#label}${text}` : `${this.#label}.${text}`
  }

  /** Whether this very value was found wrong. */
  isReported(path: ConfigPath): boolean {
    return this.#seen.has(JSON.stringify(path))
  }

  /** Whether a value, or anything in it, was found wrong. */
  isReportedWithin(path: ConfigPath): boolean {
    return [...this.#seen.values()].some((seen) => path.every((step, index) => seen[index] === step))
  }

  /** @param rule  Such as `must be an array`. */
  invalid(path: ConfigPath, rule: string, value: unknown, fix = toFix(rule)): void {
    if (isUnusable(value)) {
      this.#seen.set(JSON.stringify(path), path)
      return
    }
    const name = this.nameOf(path)
    const received = describeValue(value, path, this.#locate.isSecret?.(path))
    const details = { path: name, value: received, expected: rule }
    this.#add(
      path,
      lokstraError(E_CONFIG_VALUE_INVALID, { path: name, rule, received, fix }, this.#locate(path), details),
    )
  }

  missing(path: ConfigPath, fix: string): void {
    const name = this.nameOf(path)
    this.#add(path, lokstraError(E_CONFIG_VALUE_MISSING, { path: name, fix }, this.#locate(path), { path: name }))
  }

  unknownKey(path: ConfigPath, candidates: readonly string[]): void {
    const key = String(path.at(-1))
    const known = byCloseness(key, candidates).join(', ')
    const params = { path: this.nameOf(path), hint: didYouMean(key, candidates), known }
    this.#add(path, lokstraError(E_CONFIG_KEY_UNKNOWN, params, this.#locate(path, 'key'), { path: params.path }))
  }

  issues(issues: readonly Issue[], base: ConfigPath = []): void {
    for (const issue of issues) this.#issue(issue, [...base, ...issue.place.path()])
  }

  #issue({ code, message, value, expected, candidates }: Issue, path: ConfigPath): void {
    if (code === 'unknown') {
      this.unknownKey(path, candidates ?? [])
    } else if (value === undefined) {
      const rule = toRule(message, path)
      this.missing(path, rule === 'is required' ? `Set it to ${expected ?? 'a value'}.` : `It ${rule}.`)
    } else if (value === null) {
      const rule = expected === undefined ? 'must have a value' : `must be ${expected}`
      this.invalid(path, rule, value, 'Give it a value, or remove the key.')
    } else if (expected === 'a string' && (typeof value === 'number' || typeof value === 'boolean')) {
      this.invalid(path, 'must be a string', value, 'Write it in quotes.')
    } else {
      this.invalid(
        path,
        expected === undefined || isOfKind(expected, value) ? toRule(message, path) : `must be ${expected}`,
        value,
      )
    }
  }

  /** One mistake is reported once, however many rules it breaks. */
  #add(path: ConfigPath, problem: LokstraError): void {
    const key = JSON.stringify(path)
    if (this.#seen.has(key)) return
    this.#seen.set(key, path)
    this.#problems.push(problem)
  }
}

/** The type as such is right: it is an item, or the size, that is not. */
function isOfKind(expected: string, value: unknown): boolean {
  return (expected === 'an array' && Array.isArray(value)) || (expected === 'a number' && typeof value === 'number')
}

/** What is better shown than named. */
const forms: Readonly<Record<string, string>> = {
  'a boolean': 'true or false',
  'an array': 'a list, such as [a, b], or each item on a line of its own behind "- "',
  'an object': 'keys with values, such as { key: value }, or each on a line of its own',
}

function toFix(rule: string): string {
  const [, form] = /^must be ((?:an?|one) .+)$/.exec(rule) ?? []
  return form === undefined ? `Correct the value: it ${rule}.` : `Write ${forms[form] ?? form}.`
}

/** Takes the field's name off the front of a message, since errors print the whole path. */
function toRule(message: string, path: ConfigPath): string {
  const start = path.findLastIndex((step) => typeof step === 'string')
  const names = [formatPath(path.slice(start)), String(path[start])]
  for (const name of names) {
    if (message.startsWith(`${name} `)) return message.slice(name.length + 1)
    const each = `each value in ${name} `
    if (message.startsWith(each)) return `is an array in which each value ${message.slice(each.length)}`
  }
  return `is refused (${message})`
}

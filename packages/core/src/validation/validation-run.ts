import type { ValidatorOptions } from 'class-validator'

import { isKnownValid } from './is-known-valid.js'
import { getMetadataStorage, ValidationError } from './class-validator.js'
import { readClassRules, type ClassRules, type PropertyRules } from './class-rules.js'
import { errorMessage } from './error-message.js'
import { applies, askRule, ruleArguments } from './evaluate-rule.js'
import type { Rule } from './rules.js'

const maxCompiledDepth = 3

/** One property, index or key while its rules run. */
interface Subject {
  readonly object: object
  readonly value: unknown
  readonly property: string
  /** Where its error goes. */
  readonly errors: ValidationError[]
  /** Made when something is, or may turn out to be, wrong; class-validator makes one for each property and drops the empty ones. */
  error: ValidationError | undefined
}

/**
 * One validation, with the questions of class-validator's `ValidationExecutor` in its order, and with its errors. This is the
 * judge; what `is-known-valid.ts` compiles only spares it the objects in which nothing is wrong.
 */
export class ValidationRun {
  readonly #options: ValidatorOptions
  readonly #ignoresAsync: boolean
  readonly #pending: PromiseLike<unknown>[] = []
  #depth = 0

  constructor(options: ValidatorOptions | undefined, ignoresAsync: boolean) {
    this.#options = options ?? {}
    this.#ignoresAsync = ignoresAsync
  }

  /** Answers of rules and promised values. What a promised value brings on later is not waited for, as in class-validator. */
  get pending(): readonly PromiseLike<unknown>[] {
    return this.#pending
  }

  execute(object: object, errors: ValidationError[]): void {
    const options = this.#options
    if (options.enableDebugMessages === true && !getMetadataStorage().hasValidationMetaData) warnOfNoRules()
    const rules = readClassRules(object.constructor, options)
    if (rules.properties.length === 0 && options.forbidUnknownValues !== false) {
      errors.push(this.#unknownValue(object))
      return
    }
    if (options.whitelist) this.#whitelist(object, rules, errors)
    for (const property of rules.properties) {
      const name = property.property
      const value = (object as Record<string, unknown>)[name]
      if (property.isAwaited && value instanceof Promise) {
        this.#await(value.then((resolved) => this.#property(object, name, resolved, property, errors)))
      } else this.#property(object, name, value, property, errors)
    }
  }

  #whitelist(object: object, { grouped }: ClassRules, errors: ValidationError[]): void {
    const values = object as Record<string, unknown>
    const unknown = Object.keys(object).filter((name) => !grouped[name] || grouped[name].length === 0)
    for (const name of unknown) {
      if (this.#options.forbidNonWhitelisted) {
        const error = this.#newError(object, values[name], name)
        error.constraints = { whitelistValidation: `property ${name} should not exist` }
        error.children = undefined
        errors.push(error)
      } else delete values[name]
    }
  }

  #property(object: object, property: string, value: unknown, rules: PropertyRules, errors: ValidationError[]): void {
    const { skipUndefinedProperties, skipNullProperties, skipMissingProperties } = this.#options
    if (!applies(rules.conditions, object, value)) return
    const subject: Subject = { object, value, property, errors, error: undefined }
    this.#custom(subject, rules.defined)
    addContexts(subject, rules.definedContexts)
    if (value === undefined && (skipUndefinedProperties === true || skipMissingProperties === true)) return
    if (value === null && (skipNullProperties === true || skipMissingProperties === true)) return
    this.#custom(subject, rules.custom)
    this.#nested(subject, rules)
    addContexts(subject, rules.contexts)
  }

  #custom(subject: Subject, rules: readonly Rule[]): void {
    const { object, value } = subject
    for (const rule of rules) {
      if (rule.validateIf && !rule.validateIf(object, value)) continue
      if (!rule.isRegistered || (rule.isDeclaredAsync && this.#ignoresAsync) || this.#isStopped(subject)) continue
      const verdict = askRule(rule, rule.original, value, ruleArguments(rule, object, value))
      if (verdict === false) this.#fail(subject, rule)
      if (typeof verdict === 'boolean') continue
      // Its place among the errors is taken now, whatever the answer.
      const error = this.#errorOf(subject)
      this.#await(
        verdict.answer.then((answer) => {
          if (verdict.holds(answer)) return
          this.#fail(subject, rule)
          if (rule.context) addContext(error, rule.name, rule.context)
        }),
      )
    }
  }

  /** Where a later rule throws at once nobody awaits it, and its failure must not end the process. */
  #await(answer: PromiseLike<unknown>): void {
    answer.then(undefined, () => undefined)
    this.#pending.push(answer)
  }

  #nested(subject: Subject, rules: PropertyRules): void {
    const { value } = subject
    if (value === undefined) return
    for (const rule of rules.nested) {
      if (this.#isStopped(subject)) continue
      if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
        // Each of several nested rules has all of them run on the items, as in class-validator.
        this.#descend(subject, (children) => this.#items(value, rules.ofItems ?? rules, children))
      } else if (value instanceof Object) {
        this.#descend(subject, (children) => this.#object(value, children))
      } else {
        // To its message the class of the rule is the object, and the name of that object's class `Function`.
        this.#fail(subject, rule, rule.target as object)
      }
    }
  }

  /**
   * Most of a wrong object is right, and compiled code says so at a tenth of the cost. Not at every depth: each level asks about
   * all that is below it once more.
   */
  #object(object: object, errors: ValidationError[]): void {
    if (this.#depth < maxCompiledDepth && isKnownValid(object, this.#options)) return
    this.#depth++
    this.execute(object, errors)
    this.#depth--
  }

  #items(
    value: readonly unknown[] | Set<unknown> | Map<unknown, unknown>,
    rules: PropertyRules,
    errors: ValidationError[],
  ): void {
    const items = (value instanceof Set ? Array.from(value) : value) as ReadonlyMap<object, unknown>
    items.forEach((item, index) => this.#property(value, index.toString(), item, rules, errors))
  }

  /** A property has an error as soon as one is found below it, or may still be found. */
  #descend(subject: Subject, visit: (children: ValidationError[]) => void): void {
    const before = this.#pending.length
    const children = subject.error?.children ?? []
    visit(children)
    if (children.length > 0 || this.#pending.length > before) this.#errorOf(subject).children = children
  }

  #isStopped({ error }: Subject): boolean {
    return error !== undefined && Boolean(this.#options.stopAtFirstError) && Object.keys(error.constraints!).length > 0
  }

  #fail(subject: Subject, rule: Rule, object = subject.object): void {
    const args = ruleArguments(rule, object, subject.value)
    const message = errorMessage(rule, args, Boolean(this.#options.dismissDefaultMessages))
    this.#errorOf(subject).constraints![rule.name] = message!
  }

  #errorOf(subject: Subject): ValidationError {
    if (subject.error) return subject.error
    const error = this.#newError(subject.object, subject.value, subject.property)
    subject.errors.push(error)
    subject.error = error
    return error
  }

  #newError(object: object, value: unknown, property: string): ValidationError {
    const { validationError: shown } = this.#options
    const error = new ValidationError()
    if (isShown(shown?.target)) error.target = object
    if (isShown(shown?.value)) error.value = value
    error.property = property
    error.children = []
    error.constraints = {}
    return error
  }

  #unknownValue(object: object): ValidationError {
    const error = new ValidationError()
    if (isShown(this.#options.validationError?.target)) error.target = object
    error.value = undefined
    error.property = undefined as unknown as string
    error.children = []
    error.constraints = { unknownValue: 'an unknown value was passed to the validate function' }
    return error
  }
}

/** The errors that tell of something wrong, at every depth. */
export function stripEmptyErrors(errors: readonly ValidationError[]): ValidationError[] {
  return errors.filter((error) => {
    if (error.children) error.children = stripEmptyErrors(error.children)
    if (Object.keys(error.constraints!).length > 0) return true
    if (error.children!.length === 0) return false
    delete error.constraints
    return true
  })
}

function isShown(option: unknown): boolean {
  return option === undefined || option === true
}

/** class-validator looks contexts up by the name of the decorator's first validator. */
function addContexts({ error }: Subject, rules: readonly Rule[]): void {
  if (!error) return
  for (const rule of rules) {
    if (error.constraints![rule.contextKey]) addContext(error, rule.contextKey, rule.context)
  }
}

function addContext(error: ValidationError, key: string, context: unknown): void {
  error.contexts ??= {}
  const contexts = error.contexts as Record<string, object | undefined>
  contexts[key] = Object.assign(contexts[key] ?? {}, context)
}

function warnOfNoRules(): void {
  // eslint-disable-next-line no-console -- class-validator's own words, where it says them
  console.warn(
    `No validation metadata found. No validation will be  performed. There are multiple possible reasons:\n` +
      `  - There may be multiple class-validator versions installed. You will need to flatten your dependencies to fix the issue.\n` +
      `  - This validation runs before any file with validation decorator was parsed by NodeJS.`,
  )
}

import * as cv from 'class-validator'

import type { TableEntry } from './decorator-table.js'

/** What validators of the user's own were asked, in order: each question is to be put as often as class-validator puts it. */
export const questions: string[] = []

function ask(rule: string, value: unknown): void {
  questions.push(`${rule} ${typeof value}`)
}

class Sync implements cv.ValidatorConstraintInterface {
  validate(value: unknown, args: cv.ValidationArguments): boolean {
    ask('sync', value)
    return value !== 2 && args.property !== 'two words'
  }
  defaultMessage(args: cv.ValidationArguments): string {
    return `$property of ${args.targetName} is $value ($constraint1)`
  }
}

class WithoutWords implements cv.ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    ask('without words', value)
    return typeof value !== 'string'
  }
}

class DeclaredAsync implements cv.ValidatorConstraintInterface {
  async validate(value: unknown): Promise<boolean> {
    ask('async', value)
    await Promise.resolve()
    return value !== 2
  }
  defaultMessage(): string {
    return '$property is taken'
  }
}

class Twice implements cv.ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    ask('twice', value)
    return value === 1
  }
}

class Unregistered implements cv.ValidatorConstraintInterface {
  validate(): boolean {
    throw new Error('never asked')
  }
}

class Faulty implements cv.ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (value === null) throw new RangeError('no null')
    return true
  }
}

/** Makes the classes above known to the present storage. */
export function registerUserConstraints(): void {
  cv.ValidatorConstraint({ name: 'sync' })(Sync)
  cv.ValidatorConstraint()(WithoutWords)
  cv.ValidatorConstraint({ name: 'taken', async: true })(DeclaredAsync)
  cv.ValidatorConstraint({ name: 'first' })(Twice)
  cv.ValidatorConstraint({ name: 'second', async: false })(Twice)
  cv.ValidatorConstraint({ name: 'faulty' })(Faulty)
}

const values = { good: [1, true], bad: [2, 'text', null] }

function validateWith(type: new () => cv.ValidatorConstraintInterface): TableEntry {
  return {
    ...values,
    make: (options, pick) =>
      pick % 2 === 0 ? cv.Validate(type, options) : cv.Validate(type, ['$value', pick], options),
  }
}

function validateBy(name: string, validator: cv.ValidatorConstraintInterface, constraints?: unknown[]): TableEntry {
  const make: TableEntry['make'] = (options) =>
    cv.ValidateBy({ name, validator, ...(constraints && { constraints }) }, options)
  return { ...values, make }
}

/** A thenable that is no promise, and answers at once. */
function thenable(answer: boolean): Promise<boolean> {
  return { then: (resolve: (answer: boolean) => unknown) => Promise.resolve(resolve(answer)) } as Promise<boolean>
}

/** Rules as users write them. */
export const userRules: Readonly<Record<string, TableEntry>> = {
  'Validate(Sync)': validateWith(Sync),
  'Validate(WithoutWords)': validateWith(WithoutWords),
  'Validate(DeclaredAsync)': validateWith(DeclaredAsync),
  'Validate(Twice)': validateWith(Twice),
  'Validate(Unregistered)': validateWith(Unregistered),
  'Validate(Faulty)': validateWith(Faulty),
  'ValidateBy(promise)': validateBy('promise', {
    validate: (value) => {
      ask('promise', value)
      return Promise.resolve(value === 1)
    },
    defaultMessage: () => '$property: $value',
  }),
  'ValidateBy(sometimes a promise)': validateBy('sometimes', {
    validate: (value) => {
      ask('sometimes', value)
      return typeof value === 'number' ? Promise.resolve(value === 1) : value !== 'text'
    },
  }),
  'ValidateBy(thenable)': validateBy('thenable', { validate: (value) => thenable(value !== 2) }),
  'ValidateBy(rejection)': validateBy('rejection', {
    validate: (value) => (value === 'text' ? Promise.reject(new Error('no text')) : true),
  }),
  // Under a name of class-validator's, and stricter than its rule.
  'ValidateBy(isInt)': validateBy('isInt', {
    validate: (value) => {
      ask('isInt', value)
      return value === 1
    },
  }),
  'registerDecorator(async)': {
    ...values,
    make: (options) => (target, propertyName) =>
      cv.registerDecorator({
        name: 'registered',
        async: true,
        target: target.constructor,
        propertyName,
        options,
        validator: { validate: (value) => Promise.resolve(value !== 2), defaultMessage: () => '$property of $target' },
      }),
  },
  'registerDecorator(nested)': {
    ...values,
    make: (options) => (target, propertyName) =>
      cv.registerDecorator({
        name: 'nestedValidation',
        target: target.constructor,
        propertyName,
        options,
        constraints: [],
        validator: { validate: () => false },
      }),
  },
}

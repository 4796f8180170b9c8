import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator'

/** Something visible, and neither control characters nor half a surrogate pair: Postgres cannot store all of those. */
const oneLine = /^(?=.*\S)[^\p{Cc}\p{Cs}]*$/u

/** A rule of one's own, written with the means of class-validator. */
export function IsOneLine(options?: ValidationOptions): PropertyDecorator {
  const validator = {
    validate: (value: unknown) => typeof value === 'string' && oneLine.test(value),
    defaultMessage: buildMessage((each) => `${each}$property must be one line of text`, options),
  }
  return ValidateBy({ name: 'isOneLine', validator }, options)
}

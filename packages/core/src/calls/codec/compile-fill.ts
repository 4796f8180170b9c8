import { emitRead } from '../../binding/emit/emit-read.js'
import { readName } from '../../binding/raw-value.js'
import { assignment, canGenerateCode, literal, Program } from '../../codegen/program.js'
import { defineProperty, setProperty } from '../../objects/set-property.js'

/** Makes one property of an instance out of what was sent. */
export interface FieldReader {
  /** Name of what was sent. */
  readonly name: string
  readonly property: string
  readonly read: (plain: unknown) => unknown
  /** What `typeof` says of values that need no reading; undefined where all do. */
  readonly taken: 'string' | 'number' | 'boolean' | undefined
  /** There is a getter without a setter: what it gave on the other server is kept on the instance. */
  readonly isDefined: boolean
  /** An instance has a value before it is filled. What the object did not have there is not to be had from an initialiser. */
  readonly isInitialised: boolean
}

/** Fills an instance from the object that was sent. */
export type Fill = (target: object, plain: object) => void

/** Emitted with the first object: in a third of the time of a loop over the fields. */
export function compileFill(fields: readonly FieldReader[]): Fill {
  if (!canGenerateCode) return (target, plain) => fillEach(fields, target, plain)
  let fill: Fill = (target, plain) => {
    fill = emitFill(fields)
    fill(target, plain)
  }
  return (target, plain) => fill(target, plain)
}

function fillEach(fields: readonly FieldReader[], target: object, plain: object): void {
  for (const { name, property, read, isDefined, isInitialised } of fields) {
    const value = readName(plain, name)
    if (value === undefined) {
      if (isInitialised) setProperty(target, property, undefined)
    } else if (isDefined) defineProperty(target, property, read(value))
    else setProperty(target, property, read(value))
  }
}

function emitFill(fields: readonly FieldReader[]): Fill {
  const program = new Program()
  const [target, plain, value] = [program.declare('target'), program.declare('plain'), program.declare('value')]
  const lines = fields.flatMap((field) => {
    const { name, property, taken, isInitialised } = field
    const set = (text: string) =>
      field.isDefined
        ? `${program.constant(defineProperty, 'define')}(${target}, ${literal(property)}, ${text})`
        : assignment(target, property, text)
    const read = set(`${program.constant(field.read, `read_${property}`)}(${value})`)
    return [
      `${value} = ${emitRead(plain, name)}`,
      ...(taken === undefined ? [] : [`if (typeof ${value} === ${literal(taken)}) ${set(value)}`]),
      `${taken === undefined ? '' : 'else '}if (${value} !== undefined) ${read}`,
      ...(isInitialised ? [`else ${assignment(target, property, 'undefined')}`] : []),
    ]
  })
  const name = program.declare('fill')
  program.define(name, `${target}, ${plain}`, [`let ${value}`, ...lines])
  return program.compile<Fill>(name)
}

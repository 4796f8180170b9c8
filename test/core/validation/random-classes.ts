import type * as cv from 'class-validator'
import fc from 'fast-check'

import { decorators, registerTableConstraints, type Decorate, type TableEntry } from './decorator-table.js'
import { registerUserConstraints, userRules } from './user-rules.js'

/** One decorator on one property, as data that shrinks well and prints readably. */
export interface Decoration {
  readonly property: string
  readonly decorator: string
  readonly pick: number
  readonly options: cv.ValidationOptions
}

/** Two classes, one above the other; `nested` values are instances of both. */
export interface ClassDesign {
  readonly inherited: readonly Decoration[]
  readonly own: readonly Decoration[]
}

export interface DesignedClasses {
  readonly Base: new () => object
  readonly Subject: new () => object
  /** Adds a decorator after the classes were used. */
  decorate(decoration: Decoration): void
}

const table: Readonly<Record<string, TableEntry>> = { ...decorators, ...userRules }
const names = Object.keys(decorators)

/** Those that steer validation come more often than those that check one more format. */
const decorator = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...names) },
  {
    weight: 6,
    arbitrary: fc.constantFrom('IsOptional', 'IsDefined', 'ValidateIf', 'ValidateNested', 'ValidatePromise', 'Allow'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('IsString', 'IsInt', 'IsArray', 'Min', 'Length', 'IsIn', 'NotEquals', 'IsEmpty'),
  },
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(userRules)) },
)

const property = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  { weight: 3, arbitrary: fc.constantFrom('1', 'two words', `"];throw 0//'\n\u2028`, 'length', 'value', 'object') },
  // class-validator fails on these, whatever the object.
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString') },
)

const message = fc.constantFrom<NonNullable<cv.ValidationOptions['message']>>(
  '$property $value $target $constraint1 $constraint2',
  '',
  '`${process.exit(1)}` "\'\\\n\u2028',
  (args) => `${args.property}/${args.targetName}/${String(args.constraints?.length)}/$value`,
  () => undefined as unknown as string,
)

const options: fc.Arbitrary<cv.ValidationOptions> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record<cv.ValidationOptions, never>(
      {
        each: fc.boolean(),
        message,
        groups: fc.constantFrom(['g'], ['h'], ['g', 'h'], []),
        always: fc.boolean(),
        context: fc.constantFrom<unknown>({ code: 1 }, { hint: 'x', code: 2 }, 'text'),
        validateIf: fc.constantFrom<NonNullable<cv.ValidationOptions['validateIf']>>(
          (_object, value) => value !== 2,
          (object: { a?: unknown }) => object.a !== undefined,
          () => false,
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
)

export const decoration: fc.Arbitrary<Decoration> = fc.record(
  { property, decorator, pick: fc.nat(3), options },
  { noNullPrototype: true },
)

export const classDesign: fc.Arbitrary<ClassDesign> = fc.record(
  { inherited: fc.array(decoration, { maxLength: 4 }), own: fc.array(decoration, { maxLength: 6 }) },
  { noNullPrototype: true },
)

/** Declares the classes in the present storage. */
export function declare({ inherited, own }: ClassDesign): DesignedClasses {
  registerTableConstraints()
  registerUserConstraints()
  class Base {}
  class Subject extends Base {}
  for (const each of inherited) apply(each, Base)
  for (const each of own) apply(each, Subject)
  return { Base, Subject, decorate: (each) => apply(each, Subject) }
}

function apply({ property: name, decorator: kind, pick, options: given }: Decoration, type: new () => object): void {
  const decorate: Decorate = table[kind]!.make({ ...given }, pick)
  decorate(type.prototype as object, name)
}

/** What the decorators of a property are about. */
export interface FittingValues {
  readonly good: readonly unknown[]
  readonly any: readonly unknown[]
}

const fitting = new WeakMap<ClassDesign, Map<string, FittingValues>>()

export function valuesFor(design: ClassDesign, name: string): FittingValues {
  const ofDesign = fitting.get(design) ?? new Map<string, FittingValues>()
  fitting.set(design, ofDesign)
  let values = ofDesign.get(name)
  if (!values) {
    const entries = [...design.own, ...design.inherited].filter((each) => each.property === name)
    const good = entries.flatMap((each) => table[each.decorator]!.good)
    values = { good, any: [...good, ...entries.flatMap((each) => table[each.decorator]!.bad)] }
    ofDesign.set(name, values)
  }
  return values
}

/** All properties of a design, decorated or not. */
export function propertiesOf(design: ClassDesign): readonly string[] {
  return [...new Set([...design.own, ...design.inherited].map((each) => each.property))]
}

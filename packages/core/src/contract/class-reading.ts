import type { BindingRecord } from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { Rule } from '../validation/rules.js'
import type { FieldPlan, ObjectPlan } from './object-plan.js'
import type { PropertyStorage } from './object-shape.js'

/** What one class says for one direction, read once; `nested` lets problems be gathered along circles. */
export interface ClassReading {
  readonly type: Class
  readonly plan: ObjectPlan
  readonly fields: readonly FieldReading[]
  readonly problems: readonly LokstraError[]
  readonly nested: ReadonlySet<ClassReading>
  /** In a circle of classes, one that is still being read has no fields yet. */
  readonly isRead: boolean
}

export interface FieldReading {
  readonly plan: FieldPlan
  /** Those that the class declares; the plan may have one more, for null. */
  readonly rules: readonly Rule[]
  readonly storage: PropertyStorage
  readonly binding: BindingRecord | undefined
  readonly site: string | undefined
  /** A list whose items could be anything: a mistake of an input, unless text fills it, which is a list of strings. */
  readonly untypedElement: LokstraError | undefined
  /** Nothing tells what the value or its items are, and nobody has asked for anything: text is text then. */
  readonly isUntyped: boolean
}

export function reachable(reading: ClassReading): ReadonlySet<ClassReading> {
  const found = new Set([reading])
  // A set's iterator also visits what is added while it runs.
  for (const { nested } of found) for (const inner of nested) found.add(inner)
  return found
}

/** Problems of the class and of all that is nested in it. */
export function collectProblems(reading: ClassReading): readonly LokstraError[] {
  return [...reachable(reading)].flatMap(({ problems }) => problems)
}

/** A class is met in several operations, and in both directions; what is wrong with it is told once. */
export function addNew(problems: LokstraError[], found: readonly LokstraError[]): void {
  for (const problem of found) {
    if (!problems.some(({ message }) => message === problem.message)) problems.push(problem)
  }
}

/** Nothing can be filled or written, and nothing else has been found wrong with the class. */
export function isEmpty(reading: ClassReading): boolean {
  return reading.isRead && reading.fields.length === 0 && reading.problems.length === 0
}

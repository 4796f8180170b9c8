import type { Program } from '../../../codegen/program.js'
import type { ObjectPlan } from '../../../contract/object-plan.js'
import type { ValueType } from '../../../contract/value-type.js'

/** What the emitters of one serialiser share. */
export interface Scope {
  readonly program: Program
  readonly names: Names
  /** What reading would not give back is refused. */
  readonly isExact: boolean
  /**
   * An expression that gives the text of a variable which is not undefined. It may give a finite number where one is declared, which
   * becomes its text by being added to one, and undefined where nothing is declared.
   */
  readonly value: (type: ValueType, variable: string, label: string) => string
  /** The name of the function that writes an object of a class. */
  readonly object: (plan: ObjectPlan) => string
  /** Declares a function that is defined when the present one is complete. */
  readonly later: (hint: string, define: (name: string) => void) => string
  /** The name under which the text refers to a function of ours. */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- helpers are told apart by identity alone
  readonly helper: (helper: Function) => string
}

/** The variables of emitted functions: declared once, since no function stands in another, so that no constant hides one. */
export type Names = Readonly<Record<(typeof variables)[number], string>>

const variables = ['value', 'object', 'at', 'text', 'items', 'item', 'index', 'record', 'key'] as const

export function declareNames(program: Program): Names {
  return Object.fromEntries(variables.map((name) => [name, program.declare(name)])) as Names
}

import type { Class } from '../decorators/metadata.js'
import type { HttpVerb } from '../decorators/route.js'
import type { MiddlewareRecord } from '../decorators/middleware.js'
import type { InputPlan, ValueType } from './input-plan.js'
import type { PathSegment } from './path-pattern.js'

/**
 * The contract of one operation: all that is known about it before a request arrives. Built once at boot, frozen; the router, the
 * binder, the serialiser, `lokstra routes` and the docs read this and nothing else.
 */
export interface Operation {
  readonly verb: HttpVerb | 'ALL'
  /** With every prefix, starting with `/`. */
  readonly path: string
  readonly segments: readonly PathSegment[]
  readonly controller: Class
  readonly method: string
  /** How the handler is called: which parameter is what. */
  readonly parameters: readonly ('input' | 'context')[]
  /** Undefined when the handler takes no DTO. */
  readonly input: InputPlan | undefined
  readonly output: OutputPlan
  /** Errors that the operation declares with `@Throws`. */
  readonly errors: readonly DeclaredError[]
  /** Attached to controller and method; server and app add theirs in front. */
  readonly middleware: readonly MiddlewareRecord[]
  /** Milliseconds until the request is answered with 503; undefined where the app's own limit holds, 0 for none. */
  readonly timeLimitMs: number | undefined
  readonly notes: OperationNotes
  /** `file:line` of the method's decorator. */
  readonly site: string
}

export interface OutputPlan {
  /** Of a plain returned value. */
  readonly status: number
  /** What is written, and nothing else; undefined without `@Returns`, when the value is written as it is. */
  readonly type: ValueType | undefined
}

export interface DeclaredError {
  readonly type: Class
  readonly status: number
  /** What clients read as `code`. */
  readonly code: string
}

/** What documents an operation and has no say in how it runs. */
export interface OperationNotes {
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly tags: readonly string[]
  readonly isDeprecated: boolean
}

/** `TodoController.list` */
export function operationName(operation: Pick<Operation, 'controller' | 'method'>): string {
  return `${operation.controller.name}.${operation.method}`
}

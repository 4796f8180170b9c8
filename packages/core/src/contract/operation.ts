import type { Class } from '../decorators/metadata.js'
import type { HttpVerb } from '../decorators/route.js'
import type { MiddlewareRecord } from '../decorators/middleware.js'
import type { InputPlan } from './input-plan.js'

/**
 * The contract of one operation: all that is known about it before a request arrives. Built once at boot, never changed;
 * the router, the binder, `lokstra routes` and the docs read this and nothing else.
 */
export interface Operation {
  readonly verb: HttpVerb | 'ALL'
  /** With every prefix, starting with `/`. */
  readonly path: string
  readonly controller: Class
  readonly method: string
  /** How the handler is called: which parameter is what. */
  readonly parameters: readonly ('input' | 'context')[]
  /** Undefined when the handler takes no DTO. */
  readonly input: InputPlan | undefined
  readonly output: OutputPlan
  /** Attached to controller and method; server and app add theirs in front. */
  readonly middleware: readonly MiddlewareRecord[]
  /** `file:line` of the method's decorator. */
  readonly site: string
}

export interface OutputPlan {
  readonly type: Class | undefined
  readonly isArray: boolean
  readonly status: number
}

/** `TodoController.list` */
export function operationName(operation: Pick<Operation, 'controller' | 'method'>): string {
  return `${operation.controller.name}.${operation.method}`
}

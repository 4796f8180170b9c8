import type { Class } from '../decorators/metadata.js'
import type { HttpVerb } from '../decorators/route.js'
import type { MiddlewareRecord } from '../decorators/middleware.js'
import type { InputPlan } from './input-plan.js'
import type { ValueType } from './value-type.js'
import type { PathSegment } from './path-pattern.js'

/**
 * The contract of one operation: all that is known about it before a request arrives. Built once at boot, frozen; the router, the
 * binder, the serialiser and `lokstra routes` read this and nothing else. `Server.operations` gives those of a server.
 */
export interface Operation {
  readonly verb: HttpVerb | 'ALL'
  /** With every prefix, starting with `/`. */
  readonly path: string
  readonly segments: readonly PathSegment[]
  readonly controller: Class
  /** Name of the controller's method. */
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
  /** Milliseconds until the request is answered with 503; undefined where that of the app holds, 0 for none. */
  readonly handlerTimeoutMs: number | undefined
  /** Doing it twice has the effect of doing it once. */
  readonly isIdempotent: boolean
  readonly notes: OperationNotes
  /** `file:line` of the method's decorator. */
  readonly site: string
}

/** The operations of one app, and what holds for all of them: what documents, clients and proxies are made from. */
export interface AppOperations {
  /** Name of the app. */
  readonly app: string
  /** As configured, such as `:3000`. */
  readonly listen: string
  /** Before every path of the app; `/` for none. The paths of the operations have it already. */
  readonly prefix: string
  /** Name of the formatter, which decides on the shape of answers and errors. */
  readonly formatter: string
  /** What happens to body keys that no field declares. */
  readonly unknownKeys: 'drop' | 'reject'
  /** Of the operations without one of their own, in milliseconds; 0 for none. */
  readonly handlerTimeoutMs: number
  readonly operations: readonly Operation[]
}

/** What an operation answers with when it succeeds. */
export interface OutputPlan {
  /** Of a plain returned value. */
  readonly status: number
  /**
   * What is written, and nothing else; undefined without `@Returns`, when the value is written as it is. Of a stream, what each of its
   * items is written as; undefined for bytes.
   */
  readonly type: ValueType | undefined
  /** Items come one after another, as lines of JSON, or bytes as they are. */
  readonly isStream: boolean
}

/** An error that an operation says it answers with. */
export interface DeclaredError {
  /** The class that `@Throws` names. */
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
  /** What tools ask it; undefined for nothing. */
  readonly probe: 'readiness' | undefined
}

/** `TodoController.list` */
export function operationName(operation: Pick<Operation, 'controller' | 'method'>): string {
  return `${operation.controller.name}.${operation.method}`
}

/** The verb of calls: HEAD has no answer to read, OPTIONS is answered by what stands in between, and ALL is none. */
export function callVerb<V extends string>(verb: V): V | 'POST' {
  return verb === 'HEAD' || verb === 'OPTIONS' || verb === 'ALL' ? 'POST' : verb
}

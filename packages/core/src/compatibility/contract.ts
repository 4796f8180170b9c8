/** Of the shape of what is described here. A reader refuses what has another one. */
export const contractVersion = 1

/** What published services promise to those who call them: plain JSON, the same for the same code in every process. */
export interface Contracts {
  readonly version: typeof contractVersion
  /** By name of the service, sorted. */
  readonly services: Readonly<Record<string, ServiceContract>>
}

/** The operations of one published service. */
export interface ServiceContract {
  /** SHA-256 of the operations, base64url. */
  readonly hash: string
  /** By name of the method, sorted. */
  readonly operations: Readonly<Record<string, OperationContract>>
}

/** One operation, complete in itself. */
export interface OperationContract {
  /** SHA-256 of all that follows, base64url. Equal exactly where all of it is. */
  readonly hash: string
  readonly verb: string
  /** Of class and method, without the prefixes of apps. Calls do not go there: they name service and method. */
  readonly path: string
  /** Callers may repeat the call when they do not know what came of it. */
  readonly idempotent: boolean
  /** By name of the property. Undefined without a DTO. */
  readonly input?: Readonly<Record<string, InputFieldContract>>
  readonly output: OutputContract
  /** Sorted by type. */
  readonly errors: readonly ErrorContract[]
  /** Fields of the classes that input and output are made of. */
  readonly types?: {
    readonly input?: Readonly<Record<string, ObjectContract>>
    readonly output?: Readonly<Record<string, ObjectContract>>
  }
}

/** By name of the property. */
export type ObjectContract = Readonly<Record<string, FieldContract>>

/** One field of an input or an output. */
export interface FieldContract {
  /** On the wire, where it is another name than that of the property. */
  readonly name?: string
  readonly type: TypeContract
  /** Of an input: absence is a mistake. */
  readonly required?: true
  /** Of an input: its rules decide whether absence is a mistake, on a condition or as the user's own code does. */
  readonly undecided?: true
  /** Of an output: declared with `@IsOptional`, so that it may be absent. */
  readonly optional?: true
  readonly nullable?: true
  /** Of an input: what of its type is refused. Sorted. */
  readonly rules?: readonly RuleContract[]
}

/** A field of an input itself, and where its value comes from. */
export interface InputFieldContract extends FieldContract {
  /** Part of the request. */
  readonly from: string
  /** The field takes all that this part of the request holds. */
  readonly takesAll?: true
  /** Not from the body, and written as JSON all the same: what a plain text cannot say. */
  readonly json?: true
}

/** `number`, or what it is composed of. Classes are named, and stand under `types`. */
export type TypeContract =
  | string
  | { readonly enum: readonly (string | number)[] }
  | { readonly array: TypeContract }
  | { readonly set: TypeContract }
  | { readonly map: TypeContract }
  | { readonly object: string }
  /** Names of classes by the text under `by`. */
  | { readonly union: Readonly<Record<string, string>>; readonly by: string }

/** A rule as class-validator names it. */
export interface RuleContract {
  readonly rule: string
  /** As far as they are plain data. */
  readonly arguments?: readonly unknown[]
  /** About the items of a list. */
  readonly each?: true
  /** A function decides when it holds. */
  readonly conditional?: true
}

/** What an operation answers. */
export interface OutputContract {
  readonly status: number
  /** Undefined where nothing, or anything, is answered; of a stream that of its items, undefined for bytes. */
  readonly type?: TypeContract
  readonly stream?: true
}

/** One class of `@Throws`. */
export interface ErrorContract {
  /** Name of the class. */
  readonly type: string
  readonly status: number
  readonly code: string
}

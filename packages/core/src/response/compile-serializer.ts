import { canGenerateCode } from '../codegen/program.js'
import { declaredOutput } from '../contract/declared-output.js'
import type { ObjectPlan } from '../contract/object-plan.js'
import type { ValueType } from '../contract/value-type.js'
import { SerializerEmitter } from './serialize/emit-serializer.js'
import { assertPlain } from './serialize/exact.js'
import { toJson } from './serialize/json-text.js'
import { project, projectValue, type Projection } from './serialize/project.js'
import { TransformFailure } from './serialize/transform-failure.js'

/** Writes values of one declared type: its fields, and nothing else that an object holds. */
export interface Serializer {
  /**
   * The JSON text of the declared part of a value; undefined for undefined.
   * @throws OutputMisfit where the value is not of its type, or contains itself; TransformFailure where a `@Transform` function throws
   */
  write(value: unknown): string | undefined
  /**
   * The declared part of a value as plain data.
   * @throws OutputMisfit, TransformFailure  as above
   */
  project(value: unknown): unknown
}

type Write = (value: unknown) => string | undefined

/** Serialisers of a class and of lists of it, by its plan: operations share them. */
class KnownSerializers {
  readonly ofObject = new WeakMap<ObjectPlan, Serializer>()
  readonly ofList = new WeakMap<ObjectPlan, Serializer>()

  /** @param isExact  whether what they write is read as the same type again */
  constructor(readonly isExact: boolean) {}
}

const forAnswers = new KnownSerializers(false)
const forCalls = new KnownSerializers(true)

/*
 * Not fast-json-stringify: from a JSON schema it knows neither classes of unions nor transforms, it writes what does not fit by
 * coercion where we refuse it, and for one object of three fields, for an order of eleven nested ones and for lists of them it is no
 * faster than what is emitted here, and slower to build.
 */

/** The serialiser of a type. Types that mean the same class, or a list of it, get the same one. */
export function compileSerializer(type: ValueType): Serializer {
  return serializerIn(forAnswers, type)
}

/**
 * The same for what is read as the same type again: what reading would not give back is an OutputMisfit, such as `NaN`, an invalid date,
 * text in place of a number, or an item that is undefined.
 */
export function compileExactSerializer(type: ValueType): Serializer {
  return serializerIn(forCalls, type)
}

/** The text of the functions that {@link compileSerializer} compiles. */
export function serializerText(type: ValueType): string {
  const emitter = new SerializerEmitter(anyText, false)
  emitter.emit(type)
  return emitter.program.text()
}

function serializerIn({ ofObject, ofList, isExact }: KnownSerializers, type: ValueType): Serializer {
  if (type.kind === 'object') return shared(ofObject, type.plan(), type, isExact)
  if (type.kind === 'array' && type.element.kind === 'object') {
    return shared(ofList, type.element.plan(), type, isExact)
  }
  return createSerializer(type, isExact)
}

function shared(
  known: WeakMap<ObjectPlan, Serializer>,
  plan: ObjectPlan,
  type: ValueType,
  isExact: boolean,
): Serializer {
  let serializer = known.get(plan)
  if (!serializer) {
    serializer = createSerializer(type, isExact)
    known.set(plan, serializer)
  }
  return serializer
}

function createSerializer(type: ValueType, isExact: boolean): Serializer {
  const interpret: Write = (value) => toJson(project(type, value, isExact))
  let write: Write = canGenerateCode
    ? (value) => {
        // At the first answer and not at boot: nobody waits for the serialisers of operations that are not asked for.
        write = compile(type, isExact)
        return write(value)
      }
    : interpret
  return {
    project: (value) => project(type, value, isExact),
    write: (value) => {
      try {
        return write(value)
      } catch (error) {
        // Data that contains itself is noticed by the stack, so that other data does not pay for the search.
        if (isOutOfStack(error)) return interpret(value)
        throw error
      }
    },
  }
}

/** Or another RangeError, which the interpreter then meets again. The last call before the end may be that of a `@Transform`. */
function isOutOfStack(error: unknown): boolean {
  return (TransformFailure.is(error) ? error.cause : error) instanceof RangeError
}

function compile(type: ValueType, isExact: boolean): Write {
  const emitter = new SerializerEmitter(isExact ? plainText : anyText, isExact)
  return emitter.program.compile<Write>(emitter.emit(type))
}

type WriteObject = (object: object, label: string) => string

/** By the plan of a class that no declared type leads to. */
const ofInstance = new WeakMap<ObjectPlan, WriteObject>()

const any: ValueType = { kind: 'any' }

/** What nothing is declared of, in code that is compiled: an instance whose class says what is written of it is written so, at any depth. */
function anyText(value: unknown, label: string): string | undefined {
  if (typeof value !== 'object' || value === null) return toJson(value)
  const type = declaredOutput(value)
  return type ? instanceText(type.plan(), value, label) : toJson(projectValue(any, value, label, loose))
}

const loose: Projection = { path: undefined, isExact: false }

/** What nothing is declared of, where it is read again. */
function plainText(value: unknown, label: string): string | undefined {
  if (value === undefined) return undefined
  assertPlain(value, label)
  return JSON.stringify(value)
}

function instanceText(plan: ObjectPlan, value: object, label: string): string {
  let write = ofInstance.get(plan)
  if (!write) {
    const emitter = new SerializerEmitter(anyText, false)
    write = emitter.program.compile<WriteObject>(emitter.emitObject(plan))
    ofInstance.set(plan, write)
  }
  return write(value, label)
}

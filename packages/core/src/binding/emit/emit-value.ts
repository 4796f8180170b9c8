import { block } from '../../codegen/block.js'
import { literal } from '../../codegen/program.js'
import type { ObjectPlan } from '../../contract/object-plan.js'
import type { CollectionType, UnionType, ValueType } from '../../contract/value-type.js'
import type { KnownType } from '../../validation/emit-rule.js'
import { toItems, toRecord } from '../raw-value.js'
import { textToBoolean, textToMember, toBigint, toDate, toDuration, toNumber, toSize } from '../scalar.js'
import { emitRead } from './emit-read.js'
import { refuseIf, type Scope } from './scope.js'

/** Checks that stand in the midst of a list's conversion. */
export interface ListChecks {
  /** Before any item is looked at. */
  readonly lengths: readonly string[]
  /** Behind the conversion of each. */
  readonly item: (item: string, known: KnownType) => readonly string[]
}

const noChecks: ListChecks = { lengths: [], item: () => [] }

/**
 * Statements that give the variable the converted value, or refuse. It must not hold null, which stands for what the type allows;
 * undefined is refused by every type but `any`.
 */
export function emitConversion(
  type: ValueType,
  value: string,
  scope: Scope,
  checks: ListChecks = noChecks,
): readonly string[] {
  const { program, mode } = scope
  const converts = mode.text === 'convert'
  /** A function of the interpreter that gives a symbol where there is no such value. */
  const convertedBy = (convert: (raw: unknown) => unknown, wanted: string) => [
    refuseIf(`typeof (${value} = ${program.constant(convert, convert.name)}(${value})) !== "${wanted}"`, scope),
  ]
  switch (type.kind) {
    case 'any':
      return []
    case 'string':
      return [refuseIf(`typeof ${value} !== "string" || !${value}.isWellFormed()`, scope)]
    case 'number':
      // Beyond this range every number is an integer that JSON has rounded, or not finite.
      return converts
        ? convertedBy(textToNumber, 'number')
        : [refuseIf(`typeof ${value} !== "number" || !(${value} >= -${maxSafe} && ${value} <= ${maxSafe})`, scope)]
    case 'boolean':
      return converts ? convertedBy(textToBoolean, 'boolean') : [refuseIf(`typeof ${value} !== "boolean"`, scope)]
    case 'bigint':
      return convertedBy(toBigint, 'bigint')
    case 'date':
      return convertedBy(toDate, 'object')
    case 'duration':
      return convertedBy(toDuration, 'number')
    case 'size':
      return convertedBy(toSize, 'number')
    case 'enum':
      return emitEnum(type.values, value, scope)
    case 'array':
    case 'set':
      return emitList(type, value, scope, checks)
    case 'map':
      return emitMap(type, value, scope, checks)
    case 'object':
      return emitNested(type.plan(), value, undefined, scope)
    case 'union':
      return emitUnion(type, value, scope)
  }
}

/** What rules may take for granted of a converted value. */
export function knownType(type: ValueType): KnownType {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'date':
    case 'array':
      return type.kind
    case 'duration':
    case 'size':
      return 'number'
    case 'enum': {
      const kinds = new Set(type.values.map((member) => typeof member))
      return kinds.size !== 1 ? 'unknown' : kinds.has('string') ? 'string' : kinds.has('number') ? 'number' : 'unknown'
    }
    default:
      return 'unknown'
  }
}

/** True where the value is not an object with keys. */
export function notRecord(value: string): string {
  return `typeof ${value} !== "object" || ${value} === null || Array.isArray(${value})`
}

const maxSafe = Number.MAX_SAFE_INTEGER
/** More are looked up in a set. */
const maxCompared = 8

function textToNumber(raw: unknown): unknown {
  return toNumber(raw, 'convert')
}

function emitEnum(values: readonly (string | number)[], value: string, scope: Scope): readonly string[] {
  const isMember =
    values.length > 0 && values.length <= maxCompared
      ? values.map((member) => `${value} === ${literal(member)}`).join(' || ')
      : `${scope.program.constant(new Set(values), 'members')}.has(${value})`
  if (scope.mode.text === 'strict') return [refuseIf(`!(${isMember})`, scope)]
  const convert = scope.program.constant((raw: unknown) => textToMember(raw, values), 'textToMember')
  return [refuseIf(`!(${isMember}) && typeof (${value} = ${convert}(${value})) === "symbol"`, scope)]
}

/** The class's own code binds it. What was given is kept, for that is where its findings are looked for. */
function emitNested(
  plan: ObjectPlan,
  value: string,
  discriminator: string | undefined,
  scope: Scope,
): readonly string[] {
  const { bind, compiled } = scope.nested(plan, scope.mode)
  const raw = scope.program.declare(`${value}_raw`)
  const last = discriminator === undefined ? '' : `, ${literal(discriminator)}`
  return [
    `const ${raw} = ${value}`,
    `${value} = ${bind}(${raw}, ${scope.refusals}${last})`,
    `if (${value} === undefined) ${scope.refuseObject(raw, compiled)}`,
  ]
}

/** Statements for one item, which null is none of. The interpreter says which items are of the wrong type. */
function emitItem(
  element: ValueType,
  item: string,
  scope: Scope,
  checks: ListChecks,
  refuseObject: Scope['refuseObject'],
): readonly string[] {
  const inner: Scope = { ...scope, refuse: scope.leave, refuseObject, refuseItem: () => scope.leave }
  // Items may be null where anything may be.
  return [...emitConversion(element, item, inner), ...checks.item(item, knownType(element))]
}

function emitList(type: CollectionType, value: string, scope: Scope, checks: ListChecks): readonly string[] {
  const { program, mode } = scope
  const isSet = type.kind === 'set'
  const items = program.declare(`${value}_${isSet ? 'set' : 'list'}`)
  const index = program.declare('index')
  // The items of a list of several classes are bound by as many functions.
  const refuseObject =
    type.element.kind === 'object'
      ? (_: string, compiled: string) => scope.refuseItem(value, index, compiled)
      : () => scope.leave
  const item = program.declare(`${value}_item`)
  return [
    // Transforms may give what the declared type says, and so may who calls `bind`.
    ...(isSet ? [`if (${value} instanceof Set) ${value} = [...${value}]`] : []),
    ...(mode.isForm ? [`${value} = ${program.constant(toItems, 'toItems')}(${value})`] : []),
    refuseIf(`!Array.isArray(${value})`, scope),
    ...checks.lengths,
    `const ${items} = ${isSet ? 'new Set()' : '[]'}`,
    ...block(`for (let ${index} = 0; ${index} < ${value}.length; ${index}++)`, [
      `let ${item} = ${value}[${index}]`,
      ...emitItem(type.element, item, scope, checks, refuseObject),
      `${items}.${isSet ? 'add' : 'push'}(${item})`,
    ]),
    `${value} = ${items}`,
  ]
}

function emitMap(type: CollectionType, value: string, scope: Scope, checks: ListChecks): readonly string[] {
  const { program, mode } = scope
  const map = program.declare(`${value}_map`)
  const key = program.declare('key')
  const item = program.declare(`${value}_item`)
  return [
    `if (${value} instanceof Map) ${value} = Object.fromEntries(${value})`,
    ...(mode.isForm ? [`${value} = ${program.constant(toRecord, 'toRecord')}(${value})`] : []),
    refuseIf(notRecord(value), scope),
    `const ${map} = new Map()`,
    ...block(`for (const ${key} of Object.keys(${value}))`, [
      `let ${item} = ${value}[${key}]`,
      ...emitItem(type.element, item, scope, checks, () => scope.leave),
      `${map}.set(${key}, ${item})`,
    ]),
    `${value} = ${map}`,
  ]
}

function emitUnion(type: UnionType, value: string, scope: Scope): readonly string[] {
  const { discriminator, variants } = type
  const cases = [...variants].flatMap(([name, plan]) => [
    ...block(`case ${literal(name)}:`, [...emitNested(plan(), value, discriminator, scope), 'break']),
  ])
  return [
    refuseIf(notRecord(value), scope),
    ...block(`switch (${emitRead(value, discriminator)})`, [...cases, 'default:', `  ${scope.leave}`]),
  ]
}

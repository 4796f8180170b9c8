import { member } from '../../codegen/program.js'
import type { EmittedCheck, RuleEmitter } from './emitted-check.js'

/** Whether nothing but the language's own methods answers: lists of a decorator may be lists of any kind. */
function isPlainList(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false
  return !Object.hasOwn(value, 'indexOf') && !Object.hasOwn(value, 'some')
}

/** The list itself is asked, not a copy: it may change later. `indexOf` compares as isIn does. */
function position(check: EmittedCheck): string | undefined {
  const list = check.argument(0)
  return isPlainList(list) ? `${check.program.constant(list, 'list')}.indexOf(${check.value})` : undefined
}

const isIn: RuleEmitter = (check) => {
  const found = position(check)
  return found && `${found} !== -1`
}

const isNotIn: RuleEmitter = (check) => {
  const found = position(check)
  return found && `${found} === -1`
}

/** Up to this many members are compared one by one, which is quicker than looking the value up. */
const maxComparedMembers = 8

/**
 * The members are read from the enum when the check runs, by the keys of today: a member that changes or goes is not accepted any
 * more, one that comes is left to the interpreter, as NaN is.
 */
const isEnum: RuleEmitter = (check) => {
  const entity = check.argument(0)
  if (typeof entity !== 'object' || entity === null) return undefined
  const members = Object.entries(Object.getOwnPropertyDescriptors(entity)).filter(([, { enumerable }]) => enumerable)
  if (members.some(([, descriptor]) => !('value' in descriptor))) return undefined
  const named = members.filter(([, { value }]) => value !== undefined)
  const { value, program } = check
  const source = program.constant(entity, 'members')
  if (named.length > maxComparedMembers) {
    const keys = program.constant(new Map(named.map(([key, descriptor]) => [descriptor.value as unknown, key])), 'keys')
    return `${isSomething(check)}${source}[${keys}.get(${value})] === ${value}`
  }
  const same = named.map(([key]) => `${member(source, key)} === ${value}`)
  return same.length === 0 ? undefined : `${isSomething(check)}(${same.join(' || ')})`
}

/** A member that has gone reads as undefined, which must not be taken for a value. */
function isSomething({ known, value }: EmittedCheck): string {
  return known === 'unknown' ? `${value} !== undefined && ` : ''
}

const isDefined: RuleEmitter = ({ known, value }) =>
  known === 'unknown' ? `${value} !== undefined && ${value} !== null` : 'true'

const isNotEmpty: RuleEmitter = ({ known, value }) => {
  if (known === 'unknown') return `${value} !== "" && ${value} !== null && ${value} !== undefined`
  return known === 'string' ? `${value} !== ""` : 'true'
}

const isEmpty: RuleEmitter = ({ known, value }) => {
  if (known === 'unknown') return `${value} === "" || ${value} === null || ${value} === undefined`
  return known === 'string' ? `${value} === ""` : 'false'
}

/** What a value is or is not, whatever its type. */
export const values: Readonly<Record<string, RuleEmitter>> = {
  isDefined,
  isEmpty,
  isNotEmpty,
  equals: (check) => `${check.value} === ${check.constant(check.argument(0), 'expected')}`,
  notEquals: (check) => `${check.value} !== ${check.constant(check.argument(0), 'refused')}`,
  isIn,
  isNotIn,
  isEnum,
}

import { inspect } from 'node:util'

import { binderText } from '../binding/compile-binder.js'
import type { InputField, InputPlan } from '../contract/input-plan.js'
import type { FieldPlan, ObjectPlan } from '../contract/object-plan.js'
import { printOutput, printType, type ValueType } from '../contract/value-type.js'
import { operationName, type Operation } from '../contract/operation.js'
import { writtenDuration } from '../contract/written-units.js'
import { serializerText } from '../response/compile-serializer.js'
import type { DeclaredRule } from '../validation/rules.js'
import type { Route } from './compile-route.js'

/** The whole contract of each route, one paragraph each, with the code that is emitted for it where that is asked for. */
export function printPlans(routes: readonly Route[], withCode: boolean): string {
  return routes.map((route) => [...printPlan(route), ...(withCode ? printCode(route) : [])].join('\n')).join('\n\n')
}

function printPlan(route: Route): readonly string[] {
  const { operation } = route
  const chain = route.middleware.map(({ name }) => name).join(' › ')
  return [
    `${route.verb} ${route.path}`,
    ...indent([
      labelled('handler', `${operation ? describeCall(operation) : route.name}  ${route.site}`),
      ...(operation ? printNotes(operation) : []),
      labelled('middleware', chain || 'none'),
      labelled('timeout', describeHandlerTimeout(route)),
      ...(operation ? printContract(operation) : []),
      labelled('formatter', route.app.formatter.name),
    ]),
  ]
}

function printCode({ operation, app }: Route): readonly string[] {
  const { input, output } = operation ?? {}
  return indent([
    ...(input ? ['', 'code of the input', ...indent(binderText(input, app.unknownKeys).split('\n'))] : []),
    ...(output?.type ? ['', 'code of the output', ...indent(serializerText(output.type).split('\n'))] : []),
  ])
}

function describeCall(operation: Operation): string {
  return `${operationName(operation)}(${operation.parameters.join(', ')})`
}

function describeHandlerTimeout({ handlerTimeoutMs, operation }: Route): string {
  const limit = handlerTimeoutMs === 0 ? 'none' : writtenDuration(handlerTimeoutMs)
  return operation?.handlerTimeoutMs === undefined ? `${limit}, as in the app` : limit
}

function printNotes({ notes }: Operation): readonly string[] {
  return [
    ...(notes.summary === undefined ? [] : [labelled('summary', oneLine(notes.summary))]),
    ...(notes.description === undefined ? [] : [labelled('description', oneLine(notes.description))]),
    ...(notes.tags.length === 0 ? [] : [labelled('tags', notes.tags.join(', '))]),
    ...(notes.isDeprecated ? [labelled('deprecated', 'yes')] : []),
    ...(notes.probe === undefined ? [] : [labelled('probe', notes.probe)]),
  ]
}

function printContract({ input, output, errors }: Operation): readonly string[] {
  return [
    ...(input ? printInput(input) : [labelled('input', 'none')]),
    labelled('output', `${output.status} ${printOutput(output)}`.trimEnd()),
    ...(output.type ? indent(printNested(output.type, [], 'output')) : []),
    ...errors.map(({ status, code, type }) => labelled('error', `${status} ${code} (${type.name})`)),
  ]
}

function printInput(plan: InputPlan): readonly string[] {
  return [
    labelled('input', plan.type.name),
    ...indent(plan.fields.flatMap((field) => printField(field, sourceOf(field), [plan], 'input'))),
  ]
}

function sourceOf({ source, name }: InputField): string {
  return `${source}.${name}`
}

type Direction = 'input' | 'output'

/** @param around  the plans that the field is nested in: a class that refers to itself is printed once */
function printField(
  field: FieldPlan,
  name: string,
  around: readonly ObjectPlan[],
  direction: Direction,
): readonly string[] {
  const { property, notes, rules, transforms } = field
  const facts = [
    printType(field.type) + (field.nullable && field.type.kind !== 'any' ? ' | null' : ''),
    ...(direction === 'input' ? [presence(field)] : []),
    ...(field.name === property ? [] : [`property ${property}`]),
    ...(notes.format === undefined ? [] : [`format ${notes.format}`]),
    ...(notes.isDeprecated ? ['deprecated'] : []),
    ...(transforms.length === 0
      ? []
      : [transforms.length === 1 ? 'transformed' : `transformed ${transforms.length} times`]),
  ]
  return [
    `${name}: ${facts.join(', ')}`,
    ...indent([
      ...(notes.description === undefined ? [] : [oneLine(notes.description)]),
      ...(notes.examples.length === 0 ? [] : [`for example ${notes.examples.map(show).join(', ')}`]),
      ...(rules.length === 0 || direction === 'output' ? [] : [rules.map(printRule).join(', ')]),
      ...printNested(field.type, around, direction),
    ]),
  ]
}

function presence({ isRequired, defaultValue, rules }: FieldPlan): string {
  if (isRequired) return 'required'
  if (defaultValue !== undefined) return `default ${show(defaultValue)}`
  const isOptional = rules.some(({ kind, name }) => kind === 'conditional' && name !== 'nullable')
  // Rules of the user's own are not asked at boot what they say of undefined.
  const isUndecided = rules.some(({ kind, isBuiltIn, validateIf }) => kind === 'custom' && (!isBuiltIn || validateIf))
  return isUndecided && !isOptional ? 'decided by its rules' : 'optional'
}

/** The fields of the classes that a type is made of. */
function printNested(type: ValueType, around: readonly ObjectPlan[], direction: Direction): readonly string[] {
  if ('element' in type) return printNested(type.element, around, direction)
  if (type.kind === 'object') return printFields(type.plan(), around, direction)
  if (type.kind !== 'union') return []
  return [...type.variants].flatMap(([name, plan]) => [
    `${type.discriminator} ${show(name)}: ${plan().type.name}`,
    ...indent(printFields(plan(), around, direction)),
  ])
}

function printFields(plan: ObjectPlan, around: readonly ObjectPlan[], direction: Direction): readonly string[] {
  if (around.includes(plan)) return [`${plan.type.name}, as above`]
  return plan.fields.flatMap((field) => printField(field, field.name, [...around, plan], direction))
}

/** `isLength(1, 200)`, `isInt each`, `isEmail groups [admin]`. */
function printRule(rule: DeclaredRule): string {
  const { kind, name, constraints = [], each, groups, always, validateIf } = rule
  const args = kind === 'custom' ? constraints.filter((value) => value !== undefined).map(show) : []
  return [
    args.length > 0 ? `${name}(${args.join(', ')})` : name,
    ...(each ? ['each'] : []),
    ...(groups && groups.length > 0 ? [`groups [${groups.join(', ')}]`] : []),
    ...(always ? ['always'] : []),
    ...(validateIf ? ['if a condition holds'] : []),
  ].join(' ')
}

const labelWidth = 12

function labelled(label: string, text: string): string {
  return `${label.padEnd(labelWidth)}${text}`
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`))
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

function show(value: unknown): string {
  return inspect(value, { depth: 2, breakLength: Infinity, compact: true, maxArrayLength: 20, maxStringLength: 200 })
}

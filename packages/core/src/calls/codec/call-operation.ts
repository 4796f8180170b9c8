import type { InputField, InputPlan } from '../../contract/input-plan.js'
import type { Transform } from '../../contract/object-plan.js'
import { callVerb, type Operation } from '../../contract/operation.js'
import { isPlainText } from '../../contract/plain-text.js'
import { readEscaped, readEscapedJson, readJson } from './text-form.js'
import { untransformedField, untransformedType } from './untransformed.js'

/** Below it are the routes of calls; what the users' own apps serve never is. */
export const callsPrefix = '/.lokstra/calls'

const known = new WeakMap<Operation, Map<string, Operation>>()

/**
 * The contract of the calls of an operation, from which the caller encodes and the callee binds:
 * - its path is `/.lokstra/calls/<service>/<method>`: one path for all calls, so that no value can lead to another operation, be too long
 *   for a path or be taken for a step in it;
 * - what comes from the path or the query is in the query, what comes from headers or cookies in headers of its own, and the body is JSON;
 * - no `@Transform` runs, in either direction: a call carries what code holds.
 * @param service  name of the published service
 */
export function callOperation(operation: Operation, service: string): Operation {
  let byService = known.get(operation)
  if (!byService) known.set(operation, (byService = new Map<string, Operation>()))
  let call = byService.get(service)
  if (!call) byService.set(service, (call = toCall(operation, service)))
  return call
}

function toCall(operation: Operation, service: string): Operation {
  const { verb, method, input, output } = operation
  const path = `${callsOf(service)}${safeName(method)}`
  return Object.freeze({
    ...operation,
    verb: callVerb(verb),
    path,
    segments: Object.freeze([Object.freeze({ kind: 'fixed', text: path })]),
    middleware: Object.freeze([]),
    input: input && toCallInput(input),
    output: Object.freeze({ ...output, type: output.type && untransformedType(output.type) }),
  })
}

function toCallInput(plan: InputPlan): InputPlan {
  return Object.freeze({ ...plan, fields: Object.freeze(plan.fields.map(toCallField)) })
}

function toCallField(field: InputField): InputField {
  const isText = isPlainText(field)
  const name = field.isWildcard ? '*' : field.name
  const untransformed = { ...untransformedField(field), isWildcard: false }
  switch (field.source) {
    case 'path':
      return textField(untransformed, 'query', `:${name}`, isText ? undefined : readJson)
    case 'query':
      return textField(untransformed, 'query', name, isText ? undefined : readJson)
    case 'header':
    case 'cookie': {
      const header = `lokstra-${field.source}-${headerName(name)}`
      return textField(untransformed, 'header', header, isText ? readEscaped : readEscapedJson)
    }
    case 'body':
      return Object.freeze({ ...untransformed, name })
  }
}

function textField(
  field: InputField,
  source: 'query' | 'header',
  name: string,
  transform: Transform | undefined,
): InputField {
  return Object.freeze({ ...field, source, name, transforms: Object.freeze(transform ? [transform] : []) })
}

/** Below it are the calls of one service. */
export function callsOf(service: string): string {
  return `${callsPrefix}/${safeName(service)}/`
}

/** Names of services and methods may be any text. */
function safeName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, spelled)
}

/** Header names have no case, and names of cookies do. */
function headerName(name: string): string {
  return name.replace(/[^a-z0-9_*-]/gu, spelled)
}

function spelled(char: string): string {
  return `.${char.codePointAt(0)!.toString(16)}.`
}

/** Names of the headers that the input of a call comes in. */
export function inputHeaders({ input }: Operation): readonly string[] {
  return (input?.fields ?? []).filter(({ source }) => source === 'header').map(({ name }) => name)
}

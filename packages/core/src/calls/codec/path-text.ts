import type { InputPlan } from '../../contract/input-plan.js'
import { printType } from '../../contract/value-type.js'
import type { Operation } from '../../contract/operation.js'
import { OutputMisfit } from '../../response/serialize/misfit.js'
import { labelOf, plainText, valueReader, type Values } from './field-text.js'

/** The path of a call, escaped, from the values of the input. */
export type ToPath = (values: Values) => string

/** @param base  before the path, without a slash at its end */
export function pathText({ segments, input }: Operation, base: string): ToPath {
  const pieces = segments.map((segment, index) => {
    if (segment.kind === 'fixed') return encodeURI(segment.text)
    const name = segment.kind === 'wildcard' ? '*' : segment.name
    const before = segments[index - 1]
    const after = segments[index + 1]
    return pieceOf(input, name, {
      isRest: segment.kind === 'wildcard',
      isOptional: segment.kind === 'parameter' && segment.isOptional,
      isShared: isText(before, 'end') || isText(after, 'start'),
    })
  })
  if (pieces.every((piece) => typeof piece === 'string')) {
    const path = base + pieces.join('')
    return () => path
  }
  return (values) => {
    let path = base
    for (const piece of pieces) path += typeof piece === 'string' ? piece : piece(values)
    // What is optional stands at the end, behind a slash.
    return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  }
}

interface Place {
  /** The rest of the path, slashes included. */
  readonly isRest: boolean
  readonly isOptional: boolean
  /** Something else stands between the same two slashes. */
  readonly isShared: boolean
}

/** Whether something stands between a parameter and the slash. */
function isText(neighbour: Operation['segments'][number] | undefined, at: 'start' | 'end'): boolean {
  if (!neighbour) return false
  if (neighbour.kind !== 'fixed') return true
  return at === 'start' ? !neighbour.text.startsWith('/') : !neighbour.text.endsWith('/')
}

function pieceOf(input: InputPlan | undefined, name: string, place: Place): ToPath {
  const field = input?.fields.find((one) => one.source === 'path' && one.name === name)
  if (!input || !field) {
    // Nothing can be given for it.
    return () => {
      throw new OutputMisfit(`the path parameter ${name}`, 'text', 'undefined, since no field fills it')
    }
  }
  const label = labelOf(input.type, field)
  const expected = printType(field.type)
  const toText = plainText(field, label)
  const read = valueReader(field.property)
  return (values) => {
    const value = read(values)
    if (value === undefined && place.isOptional) return ''
    const text = toText(value)
    const refusal = refusalOf(text, place)
    if (refusal !== undefined) throw new OutputMisfit(label, expected, refusal)
    return place.isRest ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text)
  }
}

function refusalOf(text: string, { isRest, isShared }: Place): string | undefined {
  if ((isRest ? text.split('/') : [text]).includes('')) return 'empty, which no path can say'
  // Also behind a slash that is escaped: many servers decode it before they look for steps.
  if (text.split(/[/\\]/).some((part) => part === '.' || part === '..')) return 'a step in the path'
  if (text.includes('\0')) return 'text with a zero, at which some servers end a path'
  return isShared && /[^\w~]/.test(text) ? 'text that cannot be told from what is beside it in the path' : undefined
}

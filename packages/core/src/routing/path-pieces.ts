import type { PathSegment } from '../contract/path-pattern.js'
import { maxParamLength } from './route-tree.js'

/** A part of a path that is found as a whole. */
export type PathPiece =
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'parameters'; readonly parameters: ParameterGroup }
  | { readonly kind: 'wildcard' }

/** The parameters, and the text among them, from where a first one begins to the next slash: `:id`, `:from-:to`, `:id(\d+).json`. */
export interface ParameterGroup {
  /** Undefined for a single parameter without a pattern, which takes all there is. */
  readonly expression: RegExp | undefined
  /** Fixed text at its end. */
  readonly suffix: string
  /** Its shape, whatever the names and the patterns. */
  readonly shape: string
  /** Longer text is not matched. */
  readonly maxLength: number
}

type Group = readonly Exclude<PathSegment, { kind: 'wildcard' }>[]

/** Divides a path as find-my-way does. */
export function piecesOf(segments: readonly PathSegment[]): readonly PathPiece[] {
  const pieces: PathPiece[] = []
  let group: Group = []
  const endGroup = () => {
    if (group.length > 0) pieces.push({ kind: 'parameters', parameters: parametersOf(group) })
    group = []
  }
  for (const segment of segments) {
    if (segment.kind === 'wildcard') pieces.push(segment)
    else if (segment.kind === 'parameter') group = [...group, segment]
    else {
      // A percent sign stands in the paths of requests as its escape.
      const text = segment.text.replaceAll('%', '%25')
      const slash = group.length === 0 ? 0 : text.indexOf('/')
      const end = slash < 0 ? text.length : slash
      if (end > 0) group = [...group, { kind: 'fixed', text: text.slice(0, end) }]
      if (end === text.length) continue
      endGroup()
      pieces.push({ kind: 'fixed', text: text.slice(end) })
    }
  }
  endGroup()
  return pieces
}

/** The path without names and patterns: two paths of one shape cannot be told apart. */
export function shapeOf(pieces: readonly PathPiece[]): string {
  return pieces
    .map((piece) =>
      piece.kind === 'fixed'
        ? piece.text.replaceAll(':', '::').replaceAll('%25', '%')
        : piece.kind === 'wildcard'
          ? '*'
          : piece.parameters.shape,
    )
    .join('')
}

/** The values of the parameters in the text between two slashes; undefined where it does not fit. */
export function readParameters({ expression, maxLength }: ParameterGroup, text: string): readonly string[] | undefined {
  // Before the expression sees it: what is much too long is not worth a search.
  if (text.length > maxLength) return undefined
  if (!expression) return [text]
  const values = expression
    .exec(text)
    ?.slice(1)
    .map((value: string | undefined) => value ?? '')
  return values?.every(({ length }) => length <= maxParamLength) ? values : undefined
}

/** The order in which the parameters that may stand at one position are tried: patterns and longer ends first. */
export function compareParameters(first: ParameterGroup, second: ParameterGroup): number {
  if (!first.expression) return 1
  if (!second.expression) return -1
  if (first.suffix === '') return 1
  if (second.suffix === '') return -1
  if (second.suffix.endsWith(first.suffix)) return 1
  return first.suffix.endsWith(second.suffix) ? -1 : 0
}

function parametersOf(group: Group): ParameterGroup {
  const [first] = group
  if (group.length === 1 && first!.kind === 'parameter' && first!.pattern === undefined) {
    return { expression: undefined, suffix: '', shape: ':', maxLength: maxParamLength }
  }
  const last = group.at(-1)!
  return {
    expression: new RegExp(`^${expressionText(group)}$`),
    suffix: last.kind === 'fixed' ? last.text : '',
    shape: `:${group.map((segment) => (segment.kind === 'fixed' ? segment.text : '()')).join('')}`,
    maxLength: group.reduce(
      (sum, segment) => sum + (segment.kind === 'fixed' ? segment.text.length : maxParamLength),
      0,
    ),
  }
}

/** What find-my-way makes of it. */
function expressionText(group: Group): string {
  let isAfterOpen = false
  let before = ''
  let expression = ''
  for (const segment of group) {
    if (segment.kind === 'fixed') {
      before = segment.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      expression += before
    } else if (segment.pattern !== undefined) {
      expression += segment.pattern.replace(/^\(\^/, '(').replace(/\$\)$/, ')')
      isAfterOpen = false
    } else {
      // Two that take anything are kept from trying every division of a text between them.
      expression += isAfterOpen ? `(${before}|(?:(?!${before}).)*)` : '(.*?)'
      isAfterOpen = true
    }
  }
  return expression
}

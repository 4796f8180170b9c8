import { parameterNames, parsePath } from '../contract/path-pattern.js'
import type { HttpVerb } from '../decorators/route.js'
import { decodePart, decodePath } from './decode-path.js'
import { assertPattern } from './find-my-way-tree.js'
import { compareParameters, piecesOf, readParameters, shapeOf, type ParameterGroup } from './path-pieces.js'
import { undecodable, type Found, type RouteTree } from './route-tree.js'

/** A position in the paths of several routes, and what may follow there. */
interface Node<R> {
  /** By character: one at a time, so that texts with a common beginning part where they differ. */
  readonly fixed: Map<string, Node<R>>
  /** In the order in which they are tried. */
  readonly branches: Branch<R>[]
  wildcard: Node<R> | undefined
  /** Of the path that ends here. */
  leaf: Leaf<R> | undefined
}

interface Branch<R> {
  readonly parameters: ParameterGroup
  readonly node: Node<R>
}

interface Leaf<R> {
  readonly route: R
  /** Of the values that are found on the way, in their order. */
  readonly names: readonly string[]
}

/** Finds what the tree of find-my-way finds, more slowly and without generating code: it serves where that is forbidden. */
export class PlainTree<R extends object> implements RouteTree<R> {
  readonly #roots = new Map<string, Node<R>>()
  readonly #shapes = new Set<string>()

  add(verb: HttpVerb, path: string, route: R): void {
    for (const spelling of spellingsOf(path)) this.#addSpelling(verb, trimSlash(spelling), route)
  }

  find(verb: string, path: string): Found<R> | typeof undecodable | undefined {
    const root = this.#roots.get(verb)
    if (!root) return undefined
    // A request has no such path; a declared one is seen to be out of reach.
    const decoded = decodePath(path.replace(/(?!^)[?#].*/s, ''))
    if (decoded === undefined) return undecodable
    // The first character is a slash: the router asks for nothing else.
    return search(root, trimSlash(decoded), 1, [])
  }

  #addSpelling(verb: HttpVerb, path: string, route: R): void {
    const segments = parsePath(path)
    for (const segment of segments)
      if (segment.kind === 'parameter' && segment.pattern) assertPattern(segment.name, segment.pattern)
    const pieces = piecesOf(segments)
    const shape = shapeOf(pieces)
    if (this.#shapes.has(`${verb} ${shape}`))
      throw new Error(`Method '${verb}' already declared for route '${shape}' with constraints '{}'`)
    this.#shapes.add(`${verb} ${shape}`)
    const root = this.#roots.get(verb) ?? emptyNode<R>()
    this.#roots.set(verb, root)
    let node = root
    for (const [index, piece] of pieces.entries()) {
      if (piece.kind === 'wildcard') node = node.wildcard ??= emptyNode()
      else if (piece.kind === 'parameters') node = branchOf(node, piece.parameters)
      // All paths begin with a slash: that of the root.
      else
        for (const character of (index === 0 ? piece.text.slice(1) : piece.text).split(''))
          node = childOf(node, character)
    }
    node.leaf = { route, names: parameterNames(segments) }
  }
}

/** The paths that a path stands for: an optional parameter may be left out, with all that is between its slash and the end. */
function spellingsOf(path: string): readonly string[] {
  const optional = /(\/:[^/()]*?)\?(\/?)/.exec(path)
  if (!optional) return [path]
  const before = path.slice(0, optional.index)
  if (before.length + optional[0].length !== path.length)
    throw new Error('Optional Parameter needs to be the last parameter of the path')
  return [`${before}${optional[1]!}`, before || '/']
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function emptyNode<R>(): Node<R> {
  return { fixed: new Map(), branches: [], wildcard: undefined, leaf: undefined }
}

function childOf<R>({ fixed }: Node<R>, character: string): Node<R> {
  const child = fixed.get(character) ?? emptyNode<R>()
  fixed.set(character, child)
  return child
}

function branchOf<R>({ branches }: Node<R>, parameters: ParameterGroup): Node<R> {
  const present = branches.find((branch) => branch.parameters.expression?.source === parameters.expression?.source)
  if (present) return present.node
  const node = emptyNode<R>()
  branches.push({ parameters, node })
  branches.sort((first, second) => compareParameters(first.parameters, second.parameters))
  return node
}

/**
 * Every node has one place in a path, as a parameter always ends at the next slash, so none is looked at twice.
 * @param values  of the parameters that were passed on the way
 */
function search<R>(
  { fixed, branches, wildcard, leaf }: Node<R>,
  path: string,
  at: number,
  values: readonly string[],
): Found<R> | undefined {
  if (at === path.length && leaf) return { route: leaf.route, params: paramsOf(leaf, values) }
  const child = fixed.get(path.charAt(at))
  const found = child && search(child, path, at + 1, values)
  if (found) return found
  const slash = path.indexOf('/', at)
  const end = slash < 0 ? path.length : slash
  for (const { parameters, node } of branches) {
    const more = readParameters(parameters, decodePart(path.slice(at, end)))
    const further = more && search(node, path, end, [...values, ...more])
    if (further) return further
  }
  return wildcard && search(wildcard, path, path.length, [...values, decodePart(path.slice(at))])
}

function paramsOf<R>({ names }: Leaf<R>, values: readonly string[]): Found<R>['params'] {
  const params = Object.create(null) as Record<string, string | undefined>
  for (const [index, name] of names.entries()) params[name] = values[index]
  return params
}

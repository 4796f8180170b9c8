import { E_CONFIG_OVERRIDE } from '../../errors/catalogue/config.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import {
  fromPlain,
  toPlain,
  unusableNode,
  type ConfigList,
  type ConfigMap,
  type ConfigNode,
  type Origin,
} from '../tree/config-node.js'
import { formatPath, type ConfigPath } from '../tree/config-path.js'
import { childOf } from '../tree/find-node.js'

/** Why a variable or option sets nothing. */
export interface NoTarget {
  readonly problem: string
  readonly fix: string
}

/** The path that a variable or option sets. Apps stand in it by their names. */
export type Target = { readonly path: ConfigPath } | NoTarget

export function isInApps(path: ConfigPath): boolean {
  return path.length === 1 && path[0] === 'apps'
}

/** @param known  what could be named instead */
export function unknownName(what: string, name: string, known: Iterable<string>, fix: string): NoTarget {
  return { problem: `${what}.${didYouMean(name, known)}`.replace(/\.$/, ''), fix }
}

/** @param assignment  how the whole list is set */
export function itemOfList(list: ConfigPath, assignment: string): NoTarget {
  const problem = `items of ${formatPath(list)} cannot be set one by one`
  return { problem, fix: `Set the whole list: ${assignment}.` }
}

/** What a variable or option says. */
export interface ConfigOverride {
  /** Of the value. */
  readonly text: string
  /** What errors call it: the name of a variable, or `--set apps.api.listen`. */
  readonly source: string
  /** Where errors say that it stands. */
  readonly place: string
  /** Of the values that it gives. */
  readonly origin: Origin
}

/** As many as a stack surely holds. */
const maxSteps = 100

/**
 * A tree that holds what a variable or option sets: its text as it is; a list or map where it starts with [ or {. The step below `apps`
 * is the name of an item, which cannot be set: another name would be another app.
 * @param problems  receives why it sets nothing
 */
export async function overrideTree(
  path: ConfigPath,
  override: ConfigOverride,
  problems: LokstraError[],
): Promise<ConfigMap | undefined> {
  const value = await overrideValue(override, problems)
  const refusal = refuse(path, value)
  if (!refusal) return branch(path, value, override.origin)
  problems.push(lokstraError(E_CONFIG_OVERRIDE, { source: override.source, ...refusal }, override.place))
  return undefined
}

function refuse(path: ConfigPath, value: ConfigNode): NoTarget | undefined {
  if (path.length > maxSteps) return { problem: `its path has more than ${maxSteps} steps`, fix: 'Shorten it.' }
  const [section, app, key] = path
  const name = path.length === 2 ? childOf(value, 'name') : path.length === 3 && key === 'name' ? value : undefined
  if (section !== 'apps' || !name || (name.kind === 'scalar' && name.value === app)) return undefined
  return { problem: 'the name of an app cannot be set: it says which one is meant', fix: 'Name the app in a file.' }
}

async function overrideValue(
  { text, source, place, origin }: ConfigOverride,
  problems: LokstraError[],
): Promise<ConfigNode> {
  if (!/^\s*[[{]/.test(text)) return { kind: 'scalar', value: text, origin }
  // The parser is only loaded where there is something to parse.
  const { YamlDocument } = await import('../files/yaml-document.js')
  const own: LokstraError[] = []
  const document = new YamlDocument(text, source, own)
  const [mistake] = document.syntaxProblems()
  const tree = mistake ? undefined : document.read()
  const first = mistake ?? own[0]
  if (!first) return fromPlain(toPlain(tree!), origin)
  const fix =
    'Write YAML in brackets, such as [a, b] or {"a": 1}. Other text that starts so can come in through ${NAME} in a file.'
  problems.push(
    lokstraError(E_CONFIG_OVERRIDE, { source, problem: `the value is not valid YAML: ${first.problem}`, fix }, place),
  )
  return unusableNode(origin)
}

function branch([section, ...below]: ConfigPath, value: ConfigNode, origin: Origin): ConfigMap {
  const [name, ...inApp] = below
  const isApp = section === 'apps' && name !== undefined
  const inner = isApp ? appNamed(String(name), nest(inApp, value, origin), origin) : nest(below, value, origin)
  return mapOf(String(section), inner, origin)
}

function nest(path: ConfigPath, value: ConfigNode, origin: Origin): ConfigNode {
  return path.reduceRight((node, key) => mapOf(String(key), node, origin), value)
}

function appNamed(name: string, value: ConfigNode, origin: Origin): ConfigList {
  const own = mapOf('name', { kind: 'scalar', value: name, origin }, origin)
  const item = value.kind === 'map' ? { ...value, entries: new Map([...own.entries, ...value.entries]) } : value
  return { kind: 'list', items: [item], origin }
}

function mapOf(key: string, value: ConfigNode, origin: Origin): ConfigMap {
  return { kind: 'map', entries: new Map([[key, value]]), origin }
}

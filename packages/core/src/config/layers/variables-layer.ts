import { E_CONFIG_OVERRIDE } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { ConfigLayer } from './config-layer.js'
import type { ConfigMap, ConfigNode, Origin } from '../tree/config-node.js'
import { formatPath } from '../tree/config-path.js'
import { joinTrees } from '../tree/join-trees.js'
import { knownKeys } from '../classes/known-keys.js'
import { childOf, namesIn } from '../tree/find-node.js'
import { isInApps, itemOfList, overrideTree, unknownName, type NoTarget, type Target } from './override.js'
import type { Variables } from './variables.js'

const prefix = 'LOKSTRA__'
/** Names that an error lists. */
const mostNames = 50

/**
 * The values that variables such as `LOKSTRA__APPS__API__LISTEN` set: the steps of a path, `__` between them, each matched to a known
 * key whatever its case and underscores. Their text is taken as it is, apart from lists and maps in YAML's brackets.
 * @param merged  the layers below, whose names can be used
 * @param apps  names of apps that stand in code
 */
export async function readVariablesLayer(
  variables: Variables,
  merged: ConfigMap,
  apps: readonly string[],
  problems: LokstraError[],
): Promise<ConfigLayer | undefined> {
  const trees: ConfigMap[] = []
  const matcher = new KeyMatcher(apps)
  for (const name of variables.names.filter((candidate) => candidate.startsWith(prefix)).sort()) {
    const { value, place } = variables.get(name)!
    const where = place === 'the environment' ? name : `${name} (${place})`
    const origin: Origin = { key: where, value: where, isLiteral: true }
    const target = matchPath(name, merged, matcher)
    if ('problem' in target) {
      problems.push(lokstraError(E_CONFIG_OVERRIDE, { source: name, ...target }, place))
      continue
    }
    const tree = await overrideTree(target.path, { text: value, source: name, place, origin }, problems)
    if (tree) trees.push(tree)
  }
  return trees.length > 0 ? { name: 'variables', root: joinTrees(trees, problems) } : undefined
}

function matchPath(name: string, merged: ConfigMap, matcher: KeyMatcher): Target {
  const words = name.slice(prefix.length).split('__')
  const path: string[] = []
  let node: ConfigNode | undefined = merged
  for (const word of words) {
    if (word === '' || node?.kind === 'scalar') {
      const problem = word === '' ? 'a step of its path is empty' : `${formatPath(path)} holds no further values`
      return { problem, fix: 'Write LOKSTRA__ and the steps of a path with __ between them.' }
    }
    if (node?.kind === 'list' && !isInApps(path)) {
      return itemOfList(path, `${prefix}${words.slice(0, path.length).join('__')}='[…]'`)
    }
    const key = matcher.match(word, path, node)
    if (typeof key !== 'string') return key
    path.push(key)
    node = node && childOf(node, key)
  }
  return { path }
}

/** The keys that a step of a variable may stand for. */
interface Known {
  readonly keys: ReadonlySet<string>
  /** By what of them is compared. */
  readonly alike: ReadonlyMap<string, readonly string[]>
}

class KeyMatcher {
  readonly #apps: readonly string[]
  /** Many variables lead through the same few values. */
  readonly #known = new WeakMap<ConfigNode, Known>()

  /** @param apps  names of apps that stand in code */
  constructor(apps: readonly string[]) {
    this.#apps = apps
  }

  /** @param node  what stands at the path; undefined where no file has it */
  match(word: string, path: readonly string[], node: ConfigNode | undefined): string | NoTarget {
    const { keys, alike } = this.#knownAt(path, node)
    const found = alike.get(simplify(word)) ?? []
    if (found.length === 1) return found[0]!
    if (found.length > 1) {
      return keys.has(word)
        ? word
        : { problem: `${word} may stand for ${found.join(' or ')}`, fix: 'Set the value in a file or with --set.' }
    }
    // What a service or secret provider can be told is known to its own class, which is not read yet.
    if (path.length >= 2 && path[0] !== 'apps' && knownKeys(path).length === 0) return toCamelCase(word)
    const lower = word.toLowerCase()
    const what = isInApps(path)
      ? `there is no app "${lower}"`
      : `${path.length === 0 ? 'the configuration' : formatPath(path)} has no "${toCamelCase(word)}"`
    const fix =
      keys.size > 0 ? `Correct the name, or remove the variable. Known: ${shortList(keys)}.` : 'Remove the variable.'
    return unknownName(what, lower, keys, fix)
  }

  #knownAt(path: readonly string[], node: ConfigNode | undefined): Known {
    const kept = node && this.#known.get(node)
    if (kept) return kept
    const keys = new Set([...namesIn(node), ...(isInApps(path) ? this.#apps : knownKeys(path))])
    if (path.length === 0) keys.delete('deployments')
    const alike = new Map<string, string[]>()
    for (const key of keys) {
      const simple = simplify(key)
      const others = alike.get(simple)
      if (others) others.push(key)
      else alike.set(simple, [key])
    }
    const known = { keys, alike }
    if (node) this.#known.set(node, known)
    return known
  }
}

/** As many as anybody reads. */
function shortList(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, mostNames)
  return names.size > shown.length ? `${shown.join(', ')} and ${names.size - shown.length} more` : shown.join(', ')
}

/** `POOL_SIZE`, `poolSize` and `pool-size` are alike. */
function simplify(key: string): string {
  return key.toLowerCase().replace(/[^a-z\d]/g, '')
}

function toCamelCase(word: string): string {
  return word.toLowerCase().replace(/_+([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

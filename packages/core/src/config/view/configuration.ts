import { E_CONFIG_PATH } from '../../errors/catalogue/config.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { SecretScope } from '../../secrecy/secret-scope.js'
import type { LayerName } from '../layers/config-layer.js'
import { toPlain, type ConfigNode } from '../tree/config-node.js'
import { formatPath, parsePath, type ConfigPath } from '../tree/config-path.js'
import type { ConfigTree } from '../layers/config-tree.js'
import { TypedTree, type TypedPart } from './typed-tree.js'
import { knownKeys } from '../classes/known-keys.js'
import { appNamesIn, childOf, namesIn, nameOf, nodeAt, withAppName, type AppNames } from '../tree/find-node.js'
import { maskSecrets } from './mask-secrets.js'
import { printYaml } from './print-yaml.js'

/** What one layer says of a value. */
export interface LayerExplanation {
  readonly layer: LayerName | 'defaults'
  /** `lokstra.yaml:12:5`, `LOKSTRA__APPS__API__LISTEN`, `--set apps.api.listen`, `default` or a place in code. */
  readonly place: string
  /** As the layer says it, placeholders and all; secrets masked. null in a layer above another removes the value. */
  readonly value: unknown
  /** It is the value that counts, or part of it where maps are laid over one another. */
  readonly counts: boolean
}

/** Why a value is what it is. */
export interface ValueExplanation {
  /** `apps.api.listen` */
  readonly path: string
  /** Placeholders replaced, secrets masked; undefined where there is none. */
  readonly value: unknown
  /** The layers that say something of it, lowest first. */
  readonly layers: readonly LayerExplanation[]
  /** The placeholders of the value that counts, of what is below it as well, and where each took its own from. Never a secret. */
  readonly placeholders: readonly { readonly text: string; readonly source: string }[]
}

export interface ConfigurationParts {
  readonly environment: string
  readonly server: string | undefined
  readonly tree: ConfigTree
  /** What services, middleware and mounts are configured with, as far as their classes are known. */
  readonly typed: readonly TypedPart[]
  /** What secret providers gave. */
  readonly secrets: SecretScope
}

/** The configuration of a server as it counts, for people and tools to look at. It holds no secrets. */
export class Configuration {
  readonly environment: string
  /** `shop.users`; undefined where everything runs in one process. */
  readonly server: string | undefined
  /** Absolute paths of the files that were read. */
  readonly files: readonly string[]
  readonly #tree: ConfigTree
  readonly #typed: TypedTree
  readonly #appNames: AppNames
  readonly #secrets: SecretScope

  constructor({ environment, server, tree, typed, secrets }: ConfigurationParts) {
    this.environment = environment
    this.server = server
    this.files = tree.files
    this.#tree = tree
    this.#typed = new TypedTree(tree.root, typed)
    this.#appNames = appNamesIn(tree.root)
    this.#secrets = secrets
  }

  /** Plain values, with the defaults of the classes that are known. Times and sizes are as people write them: `30s`, `1MiB`. */
  get values(): object {
    return toPlain(this.#mask(this.#typed.root, [])) as object
  }

  /**
   * The value at a path.
   * @param path  such as `apps.api.listen`, `apps[0].listen` or `services.db`
   * @throws E_CONFIG_PATH
   */
  valueAt(path: string): unknown {
    return toPlain(this.#masked(path))
  }

  /**
   * All values, or those at a path, as YAML.
   * @param options.places  writes behind every value where it stands. Default false
   * @throws E_CONFIG_PATH
   */
  toYaml({ path, places = false }: { readonly path?: string; readonly places?: boolean } = {}): string {
    return printYaml(path === undefined ? this.#mask(this.#typed.root, []) : this.#masked(path), places)
  }

  /**
   * What every layer says of a value, and which of them counts.
   * @throws E_CONFIG_PATH for a path that nothing knows
   */
  explain(path: string): ValueExplanation {
    const steps = this.#resolve(path)
    const node = nodeAt(this.#typed.root, steps)
    const written = nodeAt(this.#tree.root, steps)
    const said = this.#tree.explain(steps)
    const initial = this.#typed.defaultAt(steps)
    const byDefault = initial ? [{ layer: 'defaults' as const, node: initial, origin: initial.origin }] : []
    // The last one, unless what it says is that another is removed.
    const counting = written ? said.at(-1) : byDefault[0]
    return {
      path: formatPath(withAppName(steps, this.#appNames)),
      value: node && toPlain(this.#mask(node, steps)),
      layers: [...byDefault, ...said].map((one) => ({
        layer: one.layer,
        place: one.origin.value,
        value: toPlain(this.#mask(one.node, steps)),
        counts: one === counting || (one.node.kind === 'map' && node?.kind === 'map'),
      })),
      placeholders: written ? placeholdersIn(written) : [],
    }
  }

  #mask(node: ConfigNode, path: ConfigPath): ConfigNode {
    return maskSecrets(node, path, this.#secrets)
  }

  #masked(path: string): ConfigNode {
    const steps = this.#resolve(path)
    const node = nodeAt(this.#typed.root, steps)
    if (node) return this.#mask(node, steps)
    throw lokstraError(E_CONFIG_PATH, { path, problem: 'is not set, and has no default', fix: 'Set it first.' })
  }

  /** The steps of a path whose last one is known: written, or a key of a class. Names of apps become indexes. */
  #resolve(text: string): ConfigPath {
    const path = parsePath(text)
    if (!path) {
      const fix = 'Write keys with dots between them, such as apps.api.listen or services["my.db"].url.'
      throw lokstraError(E_CONFIG_PATH, { path: text, problem: 'is no path of a configuration', fix })
    }
    const steps: (string | number)[] = []
    let node: ConfigNode | undefined = this.#typed.root
    for (const step of path) {
      const index: number = node?.kind === 'list' ? node.items.findIndex((item) => nameOf(item) === step) : -1
      const own: string | number = index >= 0 ? index : step
      const next: ConfigNode | undefined = node && childOf(node, own)
      const known = [...namesIn(node), ...knownKeys(steps)]
      if (!next && !known.includes(String(own))) {
        const hint = didYouMean(String(step), known)
        const problem = `is not known: ${formatPath(withAppName(steps, this.#appNames)) || 'the configuration'} has no "${step}".${hint}`
        const fix = known.length > 0 ? `Name one of: ${[...new Set(known)].join(', ')}.` : 'Nothing is below it.'
        throw lokstraError(E_CONFIG_PATH, { path: text, problem: problem.replace(/\.$/, ''), fix })
      }
      steps.push(own)
      node = next
    }
    return steps
  }
}

/** Each once, in the order in which they stand. */
function placeholdersIn(node: ConfigNode): ValueExplanation['placeholders'] {
  const found = new Map<string, ValueExplanation['placeholders'][number]>()
  const collect = (part: ConfigNode): void => {
    for (const { text, source } of part.uses ?? []) found.set(`${text} ${source}`, { text, source })
    for (const below of childrenOf(part)) collect(below)
  }
  collect(node)
  return [...found.values()]
}

function childrenOf(node: ConfigNode): Iterable<ConfigNode> {
  if (node.kind === 'list') return node.items
  return node.kind === 'map' ? node.entries.values() : []
}

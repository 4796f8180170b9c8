import { E_CONFIG_VARIABLE } from '../../errors/catalogue/config.js'
import { lokstraError, placed, type LokstraError } from '../../errors/lokstra-error.js'
import { isSecretKey, maskCredentials } from '../../secrecy/secret-key.js'
import type { ConfigMap, ConfigNode } from '../tree/config-node.js'
import { formatPath, type ConfigPath } from '../tree/config-path.js'
import { appNamesIn, withAppName, type AppNames } from '../tree/find-node.js'
import type { PlaceholderMistake } from './parse-placeholders.js'
import { needsReplacing, type TextNode } from './text-node.js'

/** Why a text cannot be replaced, and what to do about it. */
export interface Refusal {
  readonly problem: string
  readonly fix: string
}

/** Reports the placeholders of a tree that cannot be replaced, each text once. What refuses gives undefined: there is no value. */
export class PlaceholderProblems {
  readonly #root: ConfigMap
  readonly #problems: LokstraError[]
  /** Of the texts that hold placeholders. */
  readonly #paths = new Map<ConfigNode, ConfigPath>()
  readonly #reported = new Set<ConfigNode>()
  #appNames: AppNames | undefined

  /** @param problems  receives what is reported */
  constructor(root: ConfigMap, problems: LokstraError[]) {
    this.#root = root
    this.#problems = problems
    this.#rememberPaths(root, [])
  }

  refuse(node: TextNode, { problem, fix }: Refusal): undefined {
    if (this.#reported.has(node)) return
    this.#reported.add(node)
    const path = this.#nameOf(node)
    this.#problems.push(lokstraError(E_CONFIG_VARIABLE, { path, problem, fix }, node.origin.value, { path }))
  }

  refuseCircle(node: TextNode, circle: readonly ConfigNode[]): undefined {
    const steps = circle.flatMap((other) => (this.#paths.has(other) ? [this.#nameOf(other)] : []))
    return this.refuse(node, {
      problem: `the reference leads back to itself: ${[...steps, steps[0]].join(' → ')}`,
      fix: 'Write one of these values out.',
    })
  }

  refuseMistake(node: TextNode, { text, problem, fix }: PlaceholderMistake): undefined {
    const path = this.#paths.get(node) ?? []
    // What does not end, or names nothing, may be a secret that was written out.
    const isSecret = path.some((step) => typeof step === 'string' && isSecretKey(step))
    return this.refuse(node, { problem: problem(isSecret ? 'a placeholder' : `"${maskCredentials(text)}"`), fix })
  }

  /** @param error  undefined where it was reported. Of several in one text each is told: they are had, or not, one by one. */
  refuseSecret(node: TextNode, error: LokstraError | undefined): undefined {
    if (error) this.#problems.push(placed(error, node.origin.value))
    return this.leaveOut(node)
  }

  /** What it depends on was reported. */
  leaveOut(node: TextNode): undefined {
    this.#reported.add(node)
  }

  #rememberPaths(node: ConfigNode, path: ConfigPath): void {
    if (needsReplacing(node)) this.#paths.set(node, path)
    if (node.kind === 'list')
      for (const [index, item] of node.items.entries()) this.#rememberPaths(item, [...path, index])
    if (node.kind === 'map') for (const [key, value] of node.entries) this.#rememberPaths(value, [...path, key])
  }

  /** Where it stands, as people write it. */
  #nameOf(node: ConfigNode): string {
    return formatPath(withAppName(this.#paths.get(node) ?? [], (this.#appNames ??= appNamesIn(this.#root))))
  }
}

import { LokstraError } from '../../errors/lokstra-error.js'
import type { ConfigNode } from '../tree/config-node.js'
import { secretsIn, type SecretName } from './parse-placeholders.js'
import type { SecretReader } from '../secrets/secret-reader.js'

/** The secrets that the placeholders of some values ask for, fetched all together. */
export class FetchedSecrets {
  readonly #secrets: ReadonlyMap<string, string | LokstraError | undefined>

  constructor(secrets: ReadonlyMap<string, string | LokstraError | undefined>) {
    this.#secrets = secrets
  }

  static async of(node: ConfigNode, read: SecretReader['read']): Promise<FetchedSecrets> {
    const names = new Map([...textsOf(node)].flatMap(secretsIn).map((name) => [keyOf(name), name] as const))
    const fetched = Array.from(names, async ([id, { provider, key }]) => {
      const secret = await read(provider, key).catch((error: unknown) => {
        if (LokstraError.is(error)) return error
        throw error
      })
      return [id, secret] as const
    })
    return new FetchedSecrets(new Map(await Promise.all(fetched)))
  }

  /** The secret; why there is none; or undefined where that was reported. */
  get(name: SecretName): string | LokstraError | undefined {
    return this.#secrets.get(keyOf(name))
  }
}

function* textsOf(node: ConfigNode): Generator<string> {
  if (node.kind !== 'scalar') {
    for (const inner of node.kind === 'map' ? node.entries.values() : node.items) yield* textsOf(inner)
  } else if (!node.origin.isLiteral && typeof node.value === 'string') {
    yield node.value
  }
}

function keyOf({ provider, key }: SecretName): string {
  return JSON.stringify([provider, key])
}

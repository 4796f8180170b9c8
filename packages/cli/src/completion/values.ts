import type { Server } from '@lokstra/core'

import { inspect } from '../inspect.js'

/** Where a value stands. */
export interface ValuePlace {
  /** Names of the commands, such as `why route`. */
  readonly path: string
  /** Arguments of the command before it. */
  readonly values: readonly string[]
  /** The whole command line behind `lokstra`. */
  readonly words: readonly string[]
}

const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** Values that are asked of the project, by command and argument, or by option. */
const known: Readonly<Record<string, (server: Server, place: ValuePlace) => Promise<readonly string[]>>> = {
  'why config path': async (server) => pathsOf((await server.configuration()).values),
  'why route path': async (server, { values: [verb = ''] }) => {
    const routes = (await server.routes()).flatMap((app) => app.routes)
    return routes.filter((route) => ['ALL', verb.toUpperCase()].includes(route.verb)).map(({ path }) => path)
  },
  '--server': async (server) => {
    const deployments = await server.deployments()
    return deployments.flatMap(({ name, servers }) => servers.map((one) => `${name}.${one}`))
  },
  'topology graph deployment': async (server) => (await server.deployments()).map(({ name }) => name),
  'topology up deployment': async (server) => (await server.deployments()).map(({ name }) => name),
  '--app': async (server) => (await server.routes()).map(({ app }) => app),
  '--set': async (server) => pathsOf((await server.configuration()).values).map((path) => `${path}=`),
}

/**
 * @param name  of an argument, or of an option with its dashes
 * @param choices  where they are fixed
 * @returns empty also where the project cannot be asked: completing is no place for its mistakes
 */
export async function valuesOf(
  name: string,
  choices: readonly string[] | undefined,
  place: ValuePlace,
): Promise<readonly string[]> {
  if (choices) return choices
  if (name === 'verb') return verbs
  const ask = known[name] ?? known[`${place.path} ${name}`]
  if (!ask) return []
  const config = optionIn(place.words, '--config', '-c') ?? 'lokstra.yaml'
  const values = await inspect({ config }, (server) => ask(server, place)).catch(() => [])
  return [...new Set(values)]
}

function optionIn(words: readonly string[], ...names: readonly string[]): string | undefined {
  const index = words.findIndex((word) => names.includes(word))
  return index < 0 ? undefined : words[index + 1]
}

/** `apps.api.listen`, with the items of lists by their names. */
function pathsOf(values: unknown, above = ''): readonly string[] {
  if (typeof values !== 'object' || values === null) return above === '' ? [] : [above]
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(values)
    ? values.flatMap((item: { readonly name?: unknown } | null) =>
        typeof item?.name === 'string' ? [[item.name, item] as const] : [],
      )
    : Object.entries(values)
  const below = entries.flatMap(([key, value]) => pathsOf(value, above === '' ? key : `${above}.${key}`))
  return below.length === 0 && above !== '' ? [above] : below
}

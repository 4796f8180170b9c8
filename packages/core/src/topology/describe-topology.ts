import type { ServerDescription } from '../assembly/describe-server.js'
import { captureSite } from '../errors/call-site.js'
import { BootError, throwProblems } from '../errors/boot-error.js'
import { readBootProblems, type BootProblem } from '../errors/boot-problems.js'
import { LokstraError } from '../errors/lokstra-error.js'
import { Server } from '../server/server.js'
import type { ServerOptions } from '../server/server-options.js'
import { emptyNote, findNotes, type TopologyNote } from './find-notes.js'

export type { TopologyNote } from './find-notes.js'

/** A deployment, and each of its servers. */
export interface DeploymentDescription {
  readonly name: string
  /** In the order of the configuration. */
  readonly servers: readonly DeployedServer[]
}

/** A server of a deployment, and how it is with the others. */
export interface DeployedServer extends ServerDescription {
  /** Where the others reach it, as configured; empty where nothing is. */
  readonly urls: readonly string[]
  /** Names of the other servers that it calls, sorted. */
  readonly calls: readonly string[]
}

/** A mistake that keeps servers from starting. */
export interface TopologyProblem extends BootProblem {
  /** Names of the servers that have it: `shop.users`. */
  readonly servers: readonly string[]
}

/** What is wrong with deployments, and what may be meant otherwise. */
export interface TopologyCheck {
  /** Names of the servers that were looked at. */
  readonly servers: readonly string[]
  readonly problems: readonly TopologyProblem[]
  /** What may be meant otherwise, of the deployments without mistakes. */
  readonly notes: readonly TopologyNote[]
}

type Read =
  { readonly name: string; readonly server: ServerDescription } | { readonly name: string; readonly error: unknown }

/**
 * The servers of all deployments, their addresses, what they publish and what they inject of each other. Nothing is constructed or
 * opened.
 * @param options  those of the servers; `server` does not count
 * @throws every mistake of every server, each once
 */
export async function describeTopology(options: ServerOptions): Promise<readonly DeploymentDescription[]> {
  const found = await readDeployments(options, captureSite(describeTopology))
  const errors = found.flatMap(({ servers }) => servers.flatMap((read) => ('error' in read ? [read.error] : [])))
  const foreign = errors.find((error) => !LokstraError.is(error))
  if (foreign !== undefined) throw foreign as Error
  const problems = (errors as readonly LokstraError[]).flatMap((error) =>
    error instanceof BootError ? error.problems : [error],
  )
  throwProblems([...new Map(problems.map((problem) => [problem.message, problem])).values()])
  return found.map(({ name, servers }) => ({
    name,
    servers: withPeers(servers.flatMap((read) => ('server' in read ? [read.server] : []))),
  }))
}

/**
 * Checks every server of every deployment as a start does, and what they are together; without servers, all that runs in one process.
 * @throws what leaves the structure of a file in doubt
 */
export async function checkTopology(options: ServerOptions): Promise<TopologyCheck> {
  const site = captureSite(checkTopology)
  const found = await readDeployments(options, site)
  const all = found.flatMap(({ servers }) => servers)
  if (all.length === 0) {
    const notes = found.map(({ name }) => emptyNote(name))
    return { servers: [], problems: await checkWhole(options, site), notes }
  }
  const whole = found.filter(({ servers }) => servers.every((read) => 'server' in read))
  return {
    servers: all.map(({ name }) => name),
    problems: gatherProblems(all),
    notes: whole.flatMap(({ name, servers }) =>
      servers.length === 0
        ? emptyNote(name)
        : findNotes(name, withPeers(servers.flatMap((read) => ('server' in read ? [read.server] : [])))),
    ),
  }
}

async function readDeployments(
  options: ServerOptions,
  site: ReturnType<typeof captureSite>,
): Promise<readonly { readonly name: string; readonly servers: readonly Read[] }[]> {
  const { server: _, ...rest } = options
  const names = await using(new Server(rest, [], site), (server) => server.deployments())
  const read = async (name: string): Promise<Read> => {
    try {
      const server = await using(new Server({ ...rest, server: name }, [], site), (one) => one.topology())
      return { name, server }
    } catch (error) {
      return { name, error }
    }
  }
  const found: { name: string; servers: Read[] }[] = []
  for (const { name, servers } of names) {
    const own: Read[] = []
    // One after the other: each may ask the providers of its secrets.
    for (const server of servers) own.push(await read(`${name}.${server}`))
    found.push({ name, servers: own })
  }
  return found
}

/** What keeps everything from running in one process. */
async function checkWhole(
  { server: _, ...options }: ServerOptions,
  site: ReturnType<typeof captureSite>,
): Promise<readonly TopologyProblem[]> {
  try {
    await using(new Server(options, [], site), (server) => server.topology())
    return []
  } catch (error) {
    return readBootProblems(error).map((problem) => ({ ...problem, servers: [] }))
  }
}

/** What reading a configuration opened is closed. */
async function using<T>(server: Server, look: (server: Server) => Promise<T>): Promise<T> {
  try {
    return await look(server)
  } finally {
    await server.stop()
  }
}

function gatherProblems(all: readonly Read[]): readonly TopologyProblem[] {
  const byText = new Map<string, { problem: BootProblem; servers: Set<string> }>()
  for (const read of all) {
    if (!('error' in read)) continue
    for (const problem of readBootProblems(read.error)) {
      const key = JSON.stringify([problem.code, problem.where, problem.problem.replace(serverPath, '')])
      const known = byText.get(key) ?? { problem, servers: new Set() }
      known.servers.add(read.name)
      const isFuller = serverPath.test(problem.problem)
      byText.set(key, isFuller ? { problem, servers: known.servers } : known)
    }
  }
  return [...byText.values()].map(({ problem, servers }) => ({ ...problem, servers: [...servers] }))
}

/** What all other servers put in front of the path of a value that one server is configured with. */
const serverPath = /^deployments\.[^.]+\.servers\.[^.]+\./

/** Where a server is, the others know. */
function withPeers(servers: readonly ServerDescription[]): readonly DeployedServer[] {
  return servers.map((server) => {
    const urls = servers.flatMap(({ peers }) => peers.find(({ name }) => name === server.name)?.urls ?? [])
    const remote = new Set(server.injections.filter(({ mode }) => mode === 'remote').map(({ service }) => service))
    const called = servers.filter(
      (other) => other !== server && other.apps.some(({ publishes }) => publishes.some((name) => remote.has(name))),
    )
    return { ...server, urls: [...new Set(urls)], calls: called.map(({ name }) => name).sort() }
  })
}

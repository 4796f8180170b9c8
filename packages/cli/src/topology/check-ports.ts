import { connect, createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { lokstraError, type LokstraError } from '@lokstra/core'

import { E_TOPOLOGY_PORT } from '../catalogue/topology.js'

/** An address that a server will listen on. */
export interface Listening {
  readonly server: string
  /** As configured: `:3000`, `127.0.0.1:3000`. */
  readonly listen: string
  /** Undefined for a unix socket. */
  readonly port: number | undefined
  /** Undefined for all of the machine. */
  readonly host: string | undefined
}

/** Addresses that are asked for twice, and such as others listen on already. Which of them overlap the system alone knows. */
export async function checkPorts(addresses: readonly Listening[]): Promise<readonly LokstraError[]> {
  const problems: LokstraError[] = []
  const held: Server[] = []
  for (const [index, address] of addresses.entries()) {
    const { server, listen, port } = address
    if (port === 0) continue
    const rival = addresses.slice(0, index).find((earlier) => isRival(earlier, address))
    const isFree = port === undefined ? !rival && (await isFreeSocket(listen)) : await hold(address, held)
    if (isFree) continue
    problems.push(lokstraError(E_TOPOLOGY_PORT, { server, listen, reason: reasonOf(address, rival) }))
  }
  await Promise.all(held.map((server) => once(server.close(), 'close')))
  return problems
}

/** Whether the one may be what keeps the other from listening. */
function isRival(one: Listening, other: Listening): boolean {
  if (other.port === undefined) return one.listen === other.listen
  return one.port === other.port && (one.server !== other.server || isOfAll(one) || isOfAll(other))
}

function isOfAll({ host }: Listening): boolean {
  return host === undefined || host === '0.0.0.0' || host === '::'
}

function reasonOf({ server }: Listening, rival: Listening | undefined): string {
  if (!rival) return 'something else does already'
  return rival.server === server ? `its own ${rival.listen} does too` : `${rival.server} does too`
}

/** A file that nobody listens on any more is no hindrance: a server takes it away. */
async function isFreeSocket(listen: string): Promise<boolean> {
  const socket = connect(listen.slice('unix:'.length))
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

/**
 * Listens on an address that is free.
 * @param held  receives who does
 * @returns whether it is
 */
async function hold({ host, port }: Listening, held: Server[]): Promise<boolean> {
  const server = createServer()
  server.listen({ port, ...(host === undefined ? {} : { host }) })
  try {
    await once(server, 'listening')
    held.push(server)
    return true
  } catch (error) {
    // Another problem, such as a host that is not of this machine, is told by the server itself.
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
  }
}

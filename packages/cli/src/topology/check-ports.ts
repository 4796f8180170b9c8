import { connect, createServer } from 'node:net'
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

/** Addresses that two servers ask for, and such as others listen on already. */
export async function checkPorts(addresses: readonly Listening[]): Promise<readonly LokstraError[]> {
  const problems: LokstraError[] = []
  for (const [index, address] of addresses.entries()) {
    const { server, listen, port } = address
    if (port === 0) continue
    const other = addresses.slice(0, index).find((earlier) => earlier.server !== server && isSame(earlier, address))
    if (other) problems.push(lokstraError(E_TOPOLOGY_PORT, { server, listen, reason: `${other.server} does too` }))
    else if (!(await (port === undefined ? isFreeSocket(listen) : isFree(address)))) {
      problems.push(lokstraError(E_TOPOLOGY_PORT, { server, listen, reason: 'something else does already' }))
    }
  }
  return problems
}

function isSame(one: Listening, other: Listening): boolean {
  if (one.port === undefined || other.port === undefined) return one.listen === other.listen
  const overlaps = one.host === undefined || other.host === undefined || one.host === other.host
  return one.port === other.port && overlaps
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

async function isFree({ host, port }: Listening): Promise<boolean> {
  const server = createServer()
  server.listen({ port, ...(host === undefined ? {} : { host }) })
  try {
    await once(server, 'listening')
  } catch (error) {
    // Another problem, such as a host that is not of this machine, is told by the server itself.
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
  }
  server.close()
  await once(server, 'close')
  return true
}

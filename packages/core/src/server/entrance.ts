import type { AddressInfo, Socket } from 'node:net'

import type { LoadedTls } from './load-tls.js'

/** A TCP address that somebody else listens on, and whom connections come from. */
export interface EntranceRequest {
  readonly host: string | undefined
  /** 0 lets the system choose. */
  readonly port: number
  /** What TLS at the address is served with; undefined for HTTP in the clear. */
  readonly tls: LoadedTls['context'] | undefined
  /** How long a connection may take to bring the headers of a request, in milliseconds. */
  readonly headersMs: number
  /** Connections at one time; 0 for no limit. Those that were accepted are counted already. */
  readonly connections: number
  /** Takes a connection on which a request has begun; bytes that were read of it already are put back before. */
  readonly accept: (socket: Socket) => void
}

/**
 * Listens for a server, which outlives it: a process that starts others one after the other keeps the address open between them.
 * @returns where it listens
 * @throws the error of the system, such as EADDRINUSE
 */
export type Entrance = (request: EntranceRequest) => Promise<AddressInfo>

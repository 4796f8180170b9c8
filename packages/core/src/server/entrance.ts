import type { AddressInfo, Socket } from 'node:net'

import type { LoadedTls } from './load-tls.js'

/** A TCP address that somebody else listens on, and whom connections come from. */
export interface EntranceRequest {
  readonly host: string | undefined
  /** 0 lets the system choose. */
  readonly port: number
  /** What TLS at the address is served with; undefined for HTTP in the clear. */
  readonly tls: LoadedTls['context'] | undefined
  /** Takes a connection; bytes that were read of it already are put back before. */
  readonly accept: (socket: Socket) => void
}

/**
 * Listens for a server, which outlives it: a process that starts others one after the other keeps the address open between them.
 * @returns where it listens
 * @throws the error of the system, such as EADDRINUSE
 */
export type Entrance = (request: EntranceRequest) => Promise<AddressInfo>

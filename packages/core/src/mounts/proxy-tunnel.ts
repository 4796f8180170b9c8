import type { Socket } from 'node:net'

/** One of the two connections. */
export interface TunnelEnd {
  readonly socket: Socket
  /** What was received of it already. */
  readonly firstBytes: Buffer
}

/** Passes bytes both ways until one side ends, then ends the other. */
export function joinConnections(
  client: TunnelEnd,
  upstream: TunnelEnd,
  { idleTimeoutMs }: { readonly idleTimeoutMs: number },
): void {
  const destroyBoth = () => {
    client.socket.destroy()
    upstream.socket.destroy()
  }
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.socket.setTimeout(0)
    from.socket.setNoDelay(true)
    if (from.firstBytes.length > 0) to.socket.write(from.firstBytes)
    from.socket.on('error', destroyBoth)
    // What was received before is still to be passed on.
    from.socket.once('close', () => to.socket.destroySoon())
    from.socket.pipe(to.socket)
  }
  // Bytes in either direction start it again.
  if (idleTimeoutMs > 0) client.socket.setTimeout(idleTimeoutMs, destroyBoth)
}

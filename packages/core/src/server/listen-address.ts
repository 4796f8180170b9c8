import { E_LISTEN_ADDRESS } from '../errors/catalogue/lifecycle.js'
import { lokstraError } from '../errors/lokstra-error.js'

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string | undefined; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/**
 * Reads `:3000`, `3000`, `127.0.0.1:3000`, `[::1]:3000` or `unix:/run/app.sock`. Without a host, every address of the machine.
 * Port 0 lets the system choose.
 * @throws E_LISTEN_ADDRESS
 */
export function parseListenAddress(text: string, app: string, where?: string): ListenAddress {
  if (text.startsWith('unix:') && text.length > 5) return { kind: 'unix', path: text.slice(5) }
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]:|([\w.-]+):|:)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535) throw lokstraError(E_LISTEN_ADDRESS, { app, address: text }, where)
  return { kind: 'tcp', host: match[1] ?? match[2], port }
}

/** Apps with the same key share one listener; an address chosen by the system is never shared. */
export function addressKey(address: ListenAddress, app: string): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.port === 0 ? `${address.host ?? '*'}:0 ${app}` : `${address.host ?? '*'}:${address.port}`
}

export function formatAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.host?.includes(':') ? `[${address.host}]` : (address.host ?? '')
  return `${host}:${address.port}`
}

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string | undefined; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** `unix:` and a path; or a port up to 65535, with an IPv6 address in brackets, another host, or nothing in front. */
export const listenAddressPattern =
  /^(?:unix:(.+)|(?:(?:\[([\dA-Fa-f:.%]+)\]|([\w.-]*)):)?(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))$/

/**
 * Reads `:3000`, `3000`, `127.0.0.1:3000`, `[::1]:3000` or `unix:/run/app.sock`. Without a host, every address of the machine.
 * Port 0 lets the system choose.
 * @param text  matches {@link listenAddressPattern}
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, path, ip, name, port] = listenAddressPattern.exec(text) ?? []
  return path === undefined
    ? { kind: 'tcp', host: ip ?? (name || undefined), port: Number(port) }
    : { kind: 'unix', path }
}

/** Apps with the same key share one listener; an address chosen by the system is never shared. */
export function addressKey(address: ListenAddress, app: string): string {
  const text = formatAddress(address)
  return address.kind === 'tcp' && address.port === 0 ? `${text} ${app}` : text
}

export function formatAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.host?.includes(':') ? `[${address.host}]` : (address.host ?? '')
  return `${host}:${address.port}`
}

import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** Whether a text is an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: unknown): boolean {
  if (typeof text !== 'string') return false
  const [ip, bits, ...more] = split(text)
  if (isIP(ip) === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(ip) ? 128 : 32))
}

/** @param networks  each as {@link isNetwork} takes it */
export function listNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of networks) {
    const [ip, bits] = split(text)
    const family = isIPv6(ip) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(ip, family)
    else list.addSubnet(ip, Number(bits), family)
  }
  return list
}

export function isWithin(list: BlockList, ip: string): boolean {
  return isIPv4(ip) ? list.check(ip, 'ipv4') : isIPv6(ip) && list.check(ip, 'ipv6')
}

function split(text: string): readonly [ip: string, bits?: string, ...more: string[]] {
  return text.split('/') as [string, string?, ...string[]]
}

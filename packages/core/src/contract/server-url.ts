/** `http://host:port/base`, `https://…`, or `unix:` and the path of a socket. */
export const serverUrlPattern =
  /^(?:https?:\/\/(?:\[[\dA-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:\/[\w\-.~!$&'()*+,;=:@%/]*)?|unix:\/.+)$/

export function isServerUrl(value: unknown): value is string {
  return typeof value === 'string' && serverUrlPattern.test(value) && (value.startsWith('unix:') || URL.canParse(value))
}

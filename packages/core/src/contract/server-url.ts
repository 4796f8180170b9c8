/** `http://host:port/base`, `https://…`, or `unix:` and the path of a socket. */
export const serverUrlPattern =
  /^(?:https?:\/\/(?:\[[\dA-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:\/[\w\-.~!$&'()*+,;=:@%/]*)?|unix:\/.+)$/

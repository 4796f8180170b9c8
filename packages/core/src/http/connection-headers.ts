/** What is about a single connection and counts on no other. RFC 9110 §7.6.1, and that of the former way from HTTP/1.1 to HTTP/2. */
export const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

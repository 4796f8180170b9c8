import { connectionHeaders } from './connection-headers.js'

/** Headers that nobody but the sender of a request can say rightly, and why. */
export const senderHeaders: ReadonlyMap<string, string> = new Map([
  ...[...connectionHeaders, 'te'].map((name) => [name, 'is about a single connection'] as const),
  ...['content-length', 'expect', 'trailer'].map((name) => [name, 'is about how a request is sent'] as const),
])

import { callHeader } from '../call-headers.js'

/** The parts of a call that its signature covers. The body is that of the wire; none and an empty one are the same. */
export interface SignedParts {
  readonly verb: string
  readonly target: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string | Uint8Array | undefined
}

/** First line of what is signed: another way to sign is another version. */
const version = 'lokstra-call-1'

/**
 * Of every call beside its metadata. Not `traceparent` and `tracestate`: the proxies of a service mesh rewrite them on the way, and
 * nothing depends on them.
 */
const always = [callHeader.context, callHeader.baggage, 'content-type', 'content-encoding']

/**
 * Which headers the signature of an operation's calls covers: those of the protocol, and those that its input is bound from.
 * Once for each operation, and the same on both sides.
 * @param ofInput  header names of the input's fields, and `cookie` where it reads cookies
 */
export function signedHeaders(ofInput: readonly string[] = []): readonly string[] {
  return [...new Set([...always, ...ofInput.map((name) => name.toLowerCase())])].sort()
}

/**
 * One line for each part before the body, and an empty one. No part can hold the end of a line: such headers and targets are refused by
 * Node, and by `assertCarried` where they do not come over a socket.
 * @param head  of the metadata
 * @param names  of {@link signedHeaders}
 */
export function signedText(head: string, parts: SignedParts, names: readonly string[]): string {
  let text = `${version}\n${head}\n${parts.verb}\n${parts.target}\n`
  for (const name of names) {
    const value = parts.headers[name]
    // One that is missing differs from one that is empty.
    if (value !== undefined) text += `${name}:${typeof value === 'string' ? value : value.join(', ')}\n`
  }
  return `${text}\n`
}

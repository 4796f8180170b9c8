/** One call as it goes over a transport. */
export interface CallRequest {
  readonly verb: string
  /** Escaped path and query, from the first slash. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What the other side answered. Its body is read once, as text or in pieces. */
export interface CallResponse {
  readonly status: number
  /** Names in lower case; one that was repeated is joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The whole body, where it has been read already: to wait for what is there takes 0.4 µs. */
  readonly body?: string | undefined
  /**
   * The whole body, decoded as UTF-8, without a byte order mark.
   * @throws TransportError when it is cut off, is too large or does not come in time
   */
  text(): Promise<string>
  /**
   * The body as it comes, no faster than it is taken. To leave the loop early aborts the call.
   * @throws TransportError when it is cut off
   */
  chunks(): AsyncIterable<Uint8Array>
}

/** How long one attempt may take. */
export interface SendOptions {
  /** Aborts the call at any time, also while its answer is read. */
  readonly signal: AbortSignal | undefined
  /** Until the end of the answer; of a body that is read in pieces, until its head. */
  readonly timeoutMs: number
}

/** Callee's side of a transport: gives the answer of the server to one call. */
export type CallHandler = (request: CallRequest, signal: AbortSignal) => Promise<CallResponse>

/** One way to one address of a server. */
export interface CallConnection {
  /** @throws TransportError when there is no answer: whatever status one has, it is an answer */
  send(request: CallRequest, options: SendOptions): Promise<CallResponse>
  /** Ends what is kept open. Calls under way fail. */
  close(): Promise<void>
}

/** Opens the ways to other servers. Built in: HTTP/1.1; packages offer more, such as `@lokstra/services/nats`. */
export abstract class CallTransport {
  /**
   * Nothing is sent yet.
   * @param url  address of the server, as the configuration says it
   * @param options.connections  how many may be open at the same time
   */
  abstract connect(url: string, options: { readonly connections: number }): CallConnection

  /**
   * Callee's side, for transports whose calls do not come in through an app's address.
   * @param services  names of the published services whose calls this server answers
   * @returns stops it: no more calls are taken, and it resolves when those under way have been answered
   */
  serve?(services: readonly string[], handle: CallHandler): Promise<() => Promise<void>>
}

/**
 * - `refused`: the other side was not reached: no such host, nobody listens, no connection in time, TLS that is not trusted
 * - `reset`: the connection broke off
 * - `timeout`: the call took too long
 * - `aborted`: the caller gave up
 * - `protocol`: the answer makes no sense
 * - `unfit`: the request cannot be sent over this transport, or is not permitted there, or the answer is larger than this side takes
 *
 * What is `aborted` or `unfit` says nothing of the other side: its breaker does not count it.
 */
export type TransportFailure = 'refused' | 'reset' | 'timeout' | 'aborted' | 'protocol' | 'unfit'

/** Why there is no answer to a call. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly reason: TransportFailure
  /** `no` only where nothing of the request can have reached code of the other side. */
  readonly executed: 'no' | 'maybe'

  constructor(reason: TransportFailure, executed: 'no' | 'maybe', message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.executed = executed
  }
}

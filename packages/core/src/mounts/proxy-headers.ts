import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { BlockList } from 'node:net'
import type { TLSSocket } from 'node:tls'

import type { Context } from '../context/context.js'
import { connectionHeaders } from '../http/connection-headers.js'
import { isWithin } from './networks.js'

/** Not passed on: what `te` says is said anew, and this is no proxy that clients authenticate themselves to. */
const hopByHop: ReadonlySet<string> = new Set([...connectionHeaders, 'te', 'proxy-authenticate', 'proxy-authorization'])
/** Said anew for each hop. */
const ofRequest: ReadonlySet<string> = new Set(['host', 'content-length', 'expect', 'cookie', 'via'])

/** What the headers of a proxy's requests depend on beside the request. */
export interface ForwardRules {
  /** Host header of the target; undefined to pass on the client's. */
  readonly host: string | undefined
  readonly add: ReadonlyMap<string, string>
  /** In lower case. Those that a request cannot do without stay. */
  readonly remove: ReadonlySet<string>
  /** Peers whose `X-Forwarded-…` headers, `Forwarded` and `X-Real-IP` are believed. */
  readonly trusted: BlockList
}

/**
 * The headers that the other server gets. `X-Forwarded-For`, `-Proto` and `-Host` tell of the client, and what the client itself says in
 * headers of that kind is dropped unless it is a trusted proxy.
 * @param hasBody  whether a body follows
 */
export function proxyRequestHeaders(ctx: Context, rules: ForwardRules, hasBody: boolean): OutgoingHttpHeaders {
  const { req } = ctx
  const { headers } = req
  const isTrusted = isWithin(rules.trusted, ctx.ip)
  const dropped = connectionOptions(headers)
  const passed = noHeaders()
  const { rawHeaders } = req
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    if (hopByHop.has(name) || dropped.has(name) || ofRequest.has(name)) continue
    // A trusted proxy may have passed on, without a look at it, what some servers read as one of its own headers.
    if (tellsOfClient(name) && (!isTrusted || name.includes('_'))) continue
    append(passed, name, rawHeaders[index + 1]!)
  }
  if (headers.cookie !== undefined) passed.cookie = headers.cookie
  if (/(?:^|[\s,])trailers(?:$|[\s,;])/i.test(String(headers.te ?? ''))) passed.te = 'trailers'
  passed.via = headers.via === undefined ? '1.1 lokstra' : `${headers.via}, 1.1 lokstra`
  addForwarded(ctx, isTrusted, passed)
  for (const name of rules.remove) delete passed[name]
  passed.host = rules.host ?? headers.host ?? ''
  if (headers.expect !== undefined && hasBody) passed.expect = headers.expect
  addFraming(req, hasBody, passed)
  for (const [name, value] of rules.add) passed[name.toLowerCase()] = value
  // Only behind chunks is there room for trailers, and Node throws at the first byte where they are announced all the same.
  if (passed['transfer-encoding'] === undefined) delete passed.trailer
  return passed
}

/** The headers of an answer that the client gets. */
export function proxyAnswerHeaders(answer: IncomingMessage): OutgoingHttpHeaders {
  const dropped = connectionOptions(answer.headers)
  const passed = noHeaders()
  const { rawHeaders } = answer
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    if (!hopByHop.has(name) && !dropped.has(name)) append(passed, name, rawHeaders[index + 1]!)
  }
  // Where both are there only the coding counts, and it is this server's to choose. RFC 9112 §6.3.
  if (answer.headers['transfer-encoding'] !== undefined || answer.statusCode === 204) delete passed['content-length']
  return passed
}

/**
 * Trailers may say nothing that the head decided, since some servers read them as a part of it. RFC 9110 §6.5.1.
 * @param rules  of a request; none for an answer
 */
export function proxyTrailers({ trailers }: IncomingMessage, rules?: ForwardRules): OutgoingHttpHeaders | undefined {
  const names = Object.keys(trailers).filter(
    (name) =>
      !hopByHop.has(name) && !ofRequest.has(name) && name !== 'trailer' && !(rules && isRefusedInTrailers(name, rules)),
  )
  return names.length > 0 ? Object.fromEntries(names.map((name) => [name, trailers[name]])) : undefined
}

/** Whether the body comes in chunks at most: what else a transfer coding does to it would be lost with the header. RFC 9112 §6.1. */
export function isPlainlyChunked({ 'transfer-encoding': coding }: IncomingHttpHeaders): boolean {
  return coding === undefined || coding.toLowerCase() === 'chunked'
}

/** How often this kind of proxy was on the way already. */
export function hopsBehind({ via }: IncomingHttpHeaders): number {
  return via === undefined ? 0 : via.split(/\blokstra\b/).length - 1
}

function addForwarded(ctx: Context, isTrusted: boolean, passed: OutgoingHttpHeaders): void {
  const { headers, socket } = ctx.req
  const given = (name: string) => (isTrusted ? (headers[name] as string | undefined) : undefined)
  const before = given('x-forwarded-for')
  if (ctx.ip !== '') passed['x-forwarded-for'] = before === undefined ? ctx.ip : `${before}, ${ctx.ip}`
  else if (before !== undefined) passed['x-forwarded-for'] = before
  const isSecure = (socket as Partial<TLSSocket>).encrypted === true
  passed['x-forwarded-proto'] = given('x-forwarded-proto') ?? (isSecure ? 'https' : 'http')
  passed['x-forwarded-host'] = given('x-forwarded-host') ?? headers.host ?? ''
}

/** Exactly one of the two, and the one that the client's own request was read by. RFC 9112 §6.3. */
function addFraming({ headers, method }: IncomingMessage, hasBody: boolean, passed: OutgoingHttpHeaders): void {
  const length = headers['content-length']
  if (headers['transfer-encoding'] !== undefined) passed['transfer-encoding'] = 'chunked'
  else if (hasBody) passed['content-length'] = length
  else if (length !== undefined || method === 'POST' || method === 'PUT' || method === 'PATCH')
    passed['content-length'] = '0'
}

/** In the spelling of servers to which x_forwarded_for is x-forwarded-for, too. */
function tellsOfClient(name: string): boolean {
  const plain = name.replaceAll('_', '-')
  return plain.startsWith('x-forwarded-') || plain === 'x-real-ip' || plain === 'forwarded'
}

function isRefusedInTrailers(name: string, { add, remove }: ForwardRules): boolean {
  return (
    tellsOfClient(name) ||
    remove.has(name) ||
    name === 'authorization' ||
    [...add.keys()].some((own) => own.toLowerCase() === name)
  )
}

/** Without a prototype: a header may be named `constructor` or `__proto__`. */
export function noHeaders(): OutgoingHttpHeaders {
  return Object.create(null) as OutgoingHttpHeaders
}

/** The names in `Connection`, which are for one connection as well. */
function connectionOptions({ connection }: IncomingHttpHeaders): ReadonlySet<string> {
  return new Set(connection?.toLowerCase().split(/[\s,]+/))
}

function append(headers: OutgoingHttpHeaders, name: string, value: string): void {
  const present = headers[name]
  headers[name] = present === undefined ? value : [...(Array.isArray(present) ? present : [String(present)]), value]
}

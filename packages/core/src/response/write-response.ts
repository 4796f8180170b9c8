import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

import type { Context } from '../context/context.js'
import { E_RESPONSE_HEADER, E_RESPONSE_STATUS } from '../errors/catalogue/response.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { hasNoBody, isFinalStatus } from '../http/status.js'
import { endResponse, unreadBody, type UnreadBody } from './end-response.js'
import type { ResponseHeaders } from './response-headers.js'
import { validateHeaders } from './validate-headers.js'

/** Sends an answer whose body is known: one head with `content-length`, one body. */
export function writeResponse(
  ctx: Context,
  status: number,
  headers: ResponseHeaders,
  body: string | Uint8Array | undefined,
): void {
  const { req, res } = ctx
  if (hasNoBody(status)) {
    delete headers['content-type']
    delete headers['content-length']
    // Unlike the other two it is not known by its status to be empty. RFC 9110 §15.3.6.
    if (status === 205) headers['content-length'] = 0
    body = undefined
  } else {
    headers['content-length'] = lengthOf(body)
  }
  // Of a text that is all ASCII each character is a byte, and to copy it takes 0.2 µs less than to encode it.
  const encoding = headers['content-length'] === body?.length ? 'latin1' : 'utf8'
  const unread = writeHead(ctx, status, headers)
  endResponse(req, res, unread, req.method === 'HEAD' ? undefined : body, encoding)
}

function lengthOf(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}

/**
 * Writes the head, with `connection: close` when more of the request is on its way than is worth waiting for.
 * @param words  beside the status; those of the standard if undefined
 * @throws E_RESPONSE_STATUS, E_RESPONSE_HEADER  nothing is sent then, and another head may be written
 */
export function writeHead(ctx: Context, status: number, headers: ResponseHeaders, words?: string): UnreadBody {
  const { req, res } = ctx
  if (!isFinalStatus(status)) throw lokstraError(E_RESPONSE_STATUS, { status })
  const unread = unreadBody(req)
  if (unread === 'large') headers.connection = 'close'
  try {
    // Node notes that a 204 has no body before it checks the headers, and would still believe it of the 500 sent instead.
    if (hasNoBody(status)) validateHeaders(headers)
    if (words === undefined) res.writeHead(status, headers as OutgoingHttpHeaders)
    else res.writeHead(status, words, headers as OutgoingHttpHeaders)
  } catch (cause) {
    if (res.headersSent) throw cause
    forgetHeaders(res, headers)
    throw lokstraError(E_RESPONSE_HEADER, { reason: (cause as Error).message }, undefined, { cause })
  }
  return unread
}

/** Node keeps those that it accepted before the invalid one when some header was set on the response itself. */
function forgetHeaders(res: ServerResponse, headers: ResponseHeaders): void {
  // The words of the status that was not sent would stand beside the one that is.
  res.statusMessage = ''
  for (const name of Object.keys(headers)) res.removeHeader(name)
}

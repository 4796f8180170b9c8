import type { IncomingMessage } from 'node:http'
import { isAbsolute, relative } from 'node:path'

import type { SendResult } from '@fastify/send'

import type { Context } from '../context/context.js'
import { HttpError, NotFoundError, PreconditionFailedError } from '../errors/http-error.js'
import { conditionalStatus } from './conditional-status.js'
import { attachment } from './content-disposition.js'
import { responseHeaders } from './response-headers.js'
import type { FileOptions, Result } from './result.js'
import { sendStream } from './send-stream.js'
import { readChunks } from './stream-source.js'

/** What the file system says of a path that a client made up, or of a file that it may not have. */
const notFoundCodes = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'ELOOP', 'EINVAL'])

/**
 * Sends a file below `options.root`, with `ETag`, `Last-Modified`, ranges and conditional requests. Names that start with a dot
 * are not served and no path leads out of the root. Symbolic links are followed: whoever can place one decides what is served.
 * @returns rejects with NotFoundError (404), PreconditionFailedError (412) or an HttpError of 416
 */
export async function sendFile(ctx: Context, result: Result, path: string, options: FileOptions): Promise<void> {
  const root = options.root ?? process.cwd()
  const below = options.root === undefined && isAbsolute(path) ? relative(root, path) : path
  try {
    // Loaded with the first file: most servers send none.
    const { send } = await import('@fastify/send')
    const etag = result.headers?.etag
    const request = typeof etag === 'string' ? withoutTags(ctx, etag, result.status) : ctx.req
    const sent = await send(request, encodePath(below), { root, dotfiles: 'ignore', index: false, cacheControl: false })
    if (sent.type !== 'file') {
      sent.stream.destroy()
      throw sendFailure(sent)
    }
    await sendFound(ctx, result, options, sent)
  } catch (error) {
    throw notFoundCodes.has((error as NodeJS.ErrnoException).code ?? '') && !ctx.res.headersSent
      ? new NotFoundError(undefined, { cause: error })
      : error
  }
}

/** The stream holds an open file, so whatever fails from here on must close it. */
async function sendFound(
  ctx: Context,
  result: Result,
  options: FileOptions,
  sent: Extract<SendResult, { type: 'file' }>,
): Promise<void> {
  const source = readChunks(sent.stream)
  try {
    const etag = result.headers?.etag
    if (typeof etag === 'string') ctx.assertMatch(etag)
    // The result's own status counts only where the request did not ask for a part, or for news.
    const status = sent.statusCode === 200 ? conditionalStatus(ctx, result.status, { etag }) : sent.statusCode
    const type = status === 304 ? undefined : (options.type ?? sent.headers['Content-Type'])
    const own: Record<string, string> = {}
    for (const [name, value] of Object.entries(sent.headers)) own[name.toLowerCase()] = value
    delete own['content-type']
    if (options.downloadAs !== undefined) own['content-disposition'] = attachment(options.downloadAs)
    if (ctx.responseHeaders?.['cache-control'] === undefined)
      own['cache-control'] = `max-age=${options.maxAgeSeconds ?? 0}`
    await sendStream(ctx, status, responseHeaders(ctx, type, own, result), source)
  } finally {
    source.stop()
  }
}

/** The library knows no tag but its own: all that a request says of tags is decided here, by that of the result. RFC 9110 §13.2.2. */
function withoutTags(ctx: Context, etag: string, status: number): IncomingMessage {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, ...headers } = ctx.headers
  // Dates are for those who name no tags.
  if (ifMatch !== undefined) delete headers['if-unmodified-since']
  if (ifNoneMatch !== undefined) delete headers['if-modified-since']
  if (headers['if-range']?.includes('"')) {
    if (headers['if-range'] !== etag || etag.startsWith('W/')) delete headers.range
    delete headers['if-range']
  }
  // Who has all of it needs no part.
  if (conditionalStatus(ctx, status, { etag }) === 304) delete headers.range
  return Object.create(ctx.req, { method: { value: ctx.method }, headers: { value: headers } }) as IncomingMessage
}

/** The library decodes what it is given. Half of a surrogate pair, which cannot be encoded, becomes U+FFFD. */
function encodePath(path: string): string {
  return encodeURIComponent(Buffer.from(path).toString())
}

function sendFailure(sent: Exclude<SendResult, { type: 'file' }>): unknown {
  if (sent.type === 'directory') return new NotFoundError()
  switch (sent.statusCode) {
    case 412:
      return new PreconditionFailedError()
    case 416:
      return new HttpError(416, 'The range cannot be satisfied', {
        code: 'RANGE_NOT_SATISFIABLE',
        headers: { 'content-range': sent.headers['Content-Range'] ?? 'bytes */0' },
      })
    case 500:
      return sent.metadata.error
    default:
      return new NotFoundError()
  }
}

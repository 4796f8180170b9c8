import fresh = require('fresh')

import type { Context } from '../context/context.js'
import type { ResponseHeaders } from './response-headers.js'

/** 304 for a GET or HEAD whose client has what would be sent. RFC 9110 §13.1.2, §13.2.2. */
export function conditionalStatus(ctx: Context, status: number, headers: ResponseHeaders): number {
  if (headers.etag === undefined && headers['last-modified'] === undefined) return status
  const { method } = ctx
  if ((method !== 'GET' && method !== 'HEAD') || status !== 200) return status
  return fresh(ctx.headers, headers as fresh.Headers) ? 304 : status
}

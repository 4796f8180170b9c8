import type { IncomingMessage, ServerResponse } from 'node:http'

import { guards } from '../../sample/guards.js'
import { sendFailure, sendSuccess } from './send.js'

type Handler = (req: IncomingMessage, res: ServerResponse) => void

function guard(name: string, next: Handler): Handler {
  return (req, res) => {
    if (req.headers['x-stop'] === name) sendFailure(res, 403)
    else next(req, res)
  }
}

/** Ten functions, each of which calls the next, put together once. */
export const guarded = guards.reduceRight<Handler>(
  (next, name) => guard(name, next),
  (_req, res) => sendSuccess(res, 200, { guarded: true }),
)

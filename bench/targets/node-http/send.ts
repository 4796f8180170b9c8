import type { ServerResponse } from 'node:http'

import { failureOf, invalid, success, type WrongField } from '../../sample/envelope.js'

export function sendSuccess(res: ServerResponse, status: number, data: unknown): void {
  send(res, status, JSON.stringify(success(data)))
}

export function sendInvalid(res: ServerResponse, fields: readonly WrongField[]): void {
  send(res, 400, JSON.stringify(invalid(fields)))
}

export function sendFailure(res: ServerResponse, status: number): void {
  send(res, status, JSON.stringify(failureOf(status)))
}

function send(res: ServerResponse, status: number, body: string): void {
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  res.end(body)
}

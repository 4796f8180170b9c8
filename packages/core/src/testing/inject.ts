import type { IncomingMessage, ServerResponse } from 'node:http'
import lightMyRequest, { type InjectOptions as LightOptions } from 'light-my-request'

import { requestBody } from './request-body.js'

/** What a request in a test sends beside verb and path. */
export interface InjectOptions {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Objects and arrays are sent as JSON, `URLSearchParams` as a form; text, bytes and streams as they are. */
  readonly body?: unknown
}

/** The whole answer to a request in a test. */
export interface TestResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  readonly bytes: Buffer
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a test expects of a body is the test's to say
  json(): any
}

/** Sends a request through a request listener without a socket. */
export async function inject(
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  method: string,
  path: string,
  { headers = {}, body }: InjectOptions = {},
): Promise<TestResponse> {
  const { content, type } = requestBody(body)
  const response = await lightMyRequest(handle, {
    method: method as NonNullable<LightOptions['method']>,
    url: path,
    headers: {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(headers as Record<string, string>),
    },
    ...(content === undefined ? {} : { payload: content }),
  })
  return {
    status: response.statusCode,
    headers: response.headers as TestResponse['headers'],
    text: response.payload,
    bytes: response.rawPayload,
    json: () => JSON.parse(response.payload) as unknown,
  }
}

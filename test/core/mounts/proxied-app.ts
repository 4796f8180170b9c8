import { Get, Post, Route } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'

import { readAll } from '../../helpers/http-clients.js'
import { startUpstream, type Upstream } from './upstream.js'

/** What the app serves itself. */
@Route('/api/own')
export class Own {
  @Get() get() {
    return 'own'
  }

  @Post('/told') told() {
    return 'told'
  }
}

/** What {@link echo} tells. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Tells what it received. */
export const echo = (): Promise<Upstream> =>
  startUpstream((req, res) => {
    void readAll(req).then((body) => {
      const { method, url, headers, rawHeaders } = req
      res
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ method, url, headers, rawHeaders, body: body.toString() }))
    })
  })

/** A server that passes all below `/api` on, but for {@link Own}. */
export const proxyTo = (target: string, more: object = {}, app: object = {}): Promise<TestServer> =>
  createTestServer({
    listen: true,
    app: { controllers: [Own], mounts: [{ proxy: { prefix: '/api', target, ...more } }], ...app },
  })

import type { Class } from '@lokstra/core'
import { createTestServer, type TestResponse } from '@lokstra/core/testing'

import { repositoryRoot } from '../helpers/repository.js'
import type { Exchange } from './http-block.js'

type Send = (exchange: Exchange) => Promise<TestResponse>

/** How the server of a page is put together from what its blocks export. */
export const pages: Readonly<Record<string, (exported: Record<string, unknown>) => Promise<Send>>> = {
  'docs/requests.md': async (exported) => {
    const server = await createTestServer({ controllers: controllersOf(exported) })
    return (exchange) => send(server, exchange)
  },
  'docs/validation.md': async (exported) => {
    const controllers = controllersOf(exported)
    const strict = await createTestServer({ app: { unknownKeys: 'reject' }, controllers })
    const server = await createTestServer({ controllers })
    return (exchange) => send(exchange.app === 'strict' ? strict : server, exchange)
  },
  'docs/responses.md': async (exported) => {
    const controllers = controllersOf(exported)
    const names = ['lokstra', 'classic', 'plain', 'problem']
    const apps = names.map((name) => ({ name, listen: ':0', formatter: name, controllers }))
    const server = await createTestServer({ apps, folder: repositoryRoot })
    server.expectError(/hunter2/)
    return (exchange) => send(server, exchange)
  },
}

function controllersOf(exported: Record<string, unknown>): readonly Class[] {
  return Object.entries(exported).flatMap(([name, value]) => (name.endsWith('Controller') ? [value as Class] : []))
}

/** A body without a media type is JSON: pages need not say so each time. */
function send(server: Awaited<ReturnType<typeof createTestServer>>, { request, app }: Exchange): Promise<TestResponse> {
  const { method, path, headers, body } = request
  const isNamed = server.server.listeners.some(({ apps }) => apps.some(({ scope }) => scope.name === app))
  return server.inject(method, path, {
    headers: body === '' ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === '' ? {} : { body }),
    ...(app !== undefined && isNamed ? { app } : {}),
  })
}

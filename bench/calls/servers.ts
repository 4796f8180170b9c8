import { createServer, type Server } from '@lokstra/core'

import { Orders, OrderService } from './order-service.js'

const app = (publish: readonly string[]) => ({ name: 'app', listen: '127.0.0.1:0', publish })

/** One server of a deployment of two. @param url  of the one that publishes */
export function startOf(name: 'callee' | 'caller', url: string): Promise<Server> {
  const servers = { callee: { url, apps: [app(['OrderService'])] }, caller: { apps: [app([])] } }
  const services = name === 'callee' ? [OrderService] : [OrderService, Orders]
  return createServer({
    services,
    server: `split.${name}`,
    config: { ...calls(), deployments: { split: { servers } } },
  }).start()
}

/** A server that calls its own service. */
export function startLocal(boundary: 'direct' | 'checked'): Promise<Server> {
  const services = [OrderService, Orders]
  return createServer({ services, config: { ...calls(boundary), apps: [app(['OrderService'])] } }).start({
    listen: false,
  })
}

function calls(boundary?: 'direct' | 'checked') {
  return { calls: { secret: ['a secret of thirty-two bytes, or more'], ...(boundary && { boundary }) } }
}

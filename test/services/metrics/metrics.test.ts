import { fileURLToPath } from 'node:url'

import { Context, Get, Post, Route, Service, ServerRuntime, type TargetState } from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { Metrics } from '@lokstra/services/metrics'
import { expect } from 'chai'

import { startWebSocketUpstream } from '../../core/mounts/upstream.js'
import { openRaw } from '../../core/response/raw-request.js'
import { exchange, http2Client } from '../../helpers/http-clients.js'
import { poll } from '../../helpers/poll.js'
import { callPolicy } from '../call-policy.js'

@Service()
class Orders {
  readonly #placed
  readonly #sizes
  readonly #open

  constructor(metrics: Metrics) {
    this.#placed = metrics.counter({ name: 'shop_orders_total', help: 'Orders placed', labels: ['country'] })
    this.#sizes = metrics.histogram({ name: 'shop_order_items', help: 'Items of an order', buckets: [1, 10] })
    this.#open = metrics.gauge({ name: 'shop_orders_open', help: 'Orders that are not delivered' })
  }

  place(country: string, items: number): void {
    this.#placed.inc({ country })
    this.#sizes.observe(items)
    this.#open.inc()
  }
}

@Route('/orders')
class OrderController {
  readonly #orders: Orders
  constructor(orders: Orders) {
    this.#orders = orders
  }

  @Get('/:id') get() {
    return {}
  }

  @Post() place() {
    this.#orders.place('de', 3)
    return {}
  }

  @Get('/broken/now') fail(ctx: Context) {
    ctx.res.destroy()
  }
}

const folder = fileURLToPath(new URL('../../../', import.meta.url))

async function start(
  config: Record<string, unknown> = {},
  overrides: Parameters<typeof createTestServer>[0] = {},
  http2 = false,
) {
  return createTestServer({
    folder,
    listen: true,
    ...overrides,
    config: {
      services: { metrics: { type: 'metrics', ...config } },
      apps: [{ name: 'admin', listen: ':0', controllers: ['metrics'] }],
    },
    apps: [{ name: 'api', controllers: [OrderController], http2 }],
    services: [Orders],
  })
}

async function scrape(server: Awaited<ReturnType<typeof start>>): Promise<string> {
  const response = await fetch(`${server.url('admin')}/metrics`)
  expect(response.status).to.equal(200)
  expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8')
  expect(response.headers.get('cache-control')).to.equal('no-store')
  return response.text()
}

const linesOf = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(name))

/** What every line of the text format is. */
const form =
  /^(?:# (?:HELP|TYPE) [a-zA-Z_:][\w:]* .+|[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})? (?:[-+]?[\d.eE+-]+|NaN|[+-]Inf))$/

describe('the metrics service', () => {
  it('counts requests by app, verb, pattern of the route and status, never by path', async () => {
    const server = await start()
    const api = server.url('api')
    for (const id of ['1', '2', 'x%2Fy']) await fetch(`${api}/orders/${id}`)
    await fetch(`${api}/orders`, { method: 'POST' })
    for (const path of ['/nowhere', '/elsewhere?token=secret']) await fetch(`${api}${path}`)
    let text = ''
    await poll(
      async () => {
        text = await scrape(server)
        return linesOf(text, 'lokstra_http_requests_total').length >= 3
      },
      () => text,
    )
    expect(linesOf(text, 'lokstra_http_requests_total{app="api"').sort()).to.deep.equal([
      'lokstra_http_requests_total{app="api",method="GET",route="*",status="404"} 2',
      'lokstra_http_requests_total{app="api",method="GET",route="/orders/:id",status="200"} 3',
      'lokstra_http_requests_total{app="api",method="POST",route="/orders",status="200"} 1',
    ])
    expect(text).not.to.include('secret').and.not.to.include('nowhere')
    const count = linesOf(
      text,
      'lokstra_http_request_duration_seconds_count{app="api",method="GET",route="/orders/:id"}',
    )
    expect(count).to.deep.equal([
      'lokstra_http_request_duration_seconds_count{app="api",method="GET",route="/orders/:id"} 3',
    ])
    expect(text).to.include(
      'lokstra_http_request_duration_seconds_bucket{le="+Inf",app="api",method="GET",route="/orders/:id"} 3',
    )
  })

  it('keeps no series of verbs that a client has invented', async () => {
    const server = await start({}, {}, true)
    await using client = http2Client(server.url('api'))
    for (let count = 0; count < 20; count++) await exchange(client, `A${count}`, '/orders/1')
    await exchange(client, 'GET', '/orders/1')
    let text = ''
    await poll(
      async () => (text = await scrape(server)).includes('app="api"'),
      () => text,
    )
    expect(linesOf(text, 'lokstra_http_requests_total{app="api"')).to.deep.equal([
      'lokstra_http_requests_total{app="api",method="GET",route="/orders/:id",status="200"} 1',
    ])
  })

  it('counts a request whose client gets no answer as aborted', async () => {
    const server = await start()
    await fetch(`${server.url('api')}/orders/broken/now`).catch(() => undefined)
    let text = ''
    await poll(
      async () => (text = await scrape(server)).includes('status="aborted"'),
      () => text,
    )
    expect(linesOf(text, 'lokstra_http_requests_total').join('\n')).to.include(
      '{app="api",method="GET",route="/orders/broken/now",status="aborted"} 1',
    )
  })

  it('counts a WebSocket, and leaves the time that it was open out of the durations', async () => {
    await using upstream = await startWebSocketUpstream((_req, res) => res.end())
    const server = await createTestServer({
      folder,
      listen: true,
      config: {
        services: { metrics: { type: 'metrics' } },
        apps: [{ name: 'admin', listen: ':0', controllers: ['metrics'] }],
      },
      apps: [{ name: 'api', controllers: [], mounts: [{ proxy: { target: upstream.url } }] }],
    })
    await fetch(`${server.url('api')}/x`)
    const ask = 'GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'
    const raw = await openRaw(server.url('api'), `${ask}echo`)
    await raw.until('echo')
    raw.socket.end()
    await raw.closed()
    let text = ''
    await poll(
      async () => (text = await scrape(server)).includes('status="101"} 1'),
      () => text,
    )
    expect(linesOf(text, 'lokstra_http_request_duration_seconds_count{app="api"')).to.have.length(1)
    expect(text).to.match(/duration_seconds_count\{app="api",method="GET",route="[^"]+"\} 1\n/)
  })

  it('shows metrics of your own beside its own, each line in the form of the format', async () => {
    const server = await start()
    await fetch(`${server.url('api')}/orders`, { method: 'POST' })
    const text = await scrape(server)
    expect(text).to.include('# HELP shop_orders_total Orders placed\n# TYPE shop_orders_total counter\n')
    expect(text).to.include('shop_orders_total{country="de"} 1\n')
    expect(linesOf(text, 'shop_order_items_bucket')).to.deep.equal([
      'shop_order_items_bucket{le="1"} 0',
      'shop_order_items_bucket{le="10"} 1',
      'shop_order_items_bucket{le="+Inf"} 1',
    ])
    expect(text).to.include('shop_orders_open 1\n')
    expect(text).to.match(/^process_cpu_seconds_total [\d.]+$/m)
    expect(text).to.match(/^nodejs_eventloop_lag_seconds /m)
    for (const line of text.split('\n')) if (line !== '') expect(line).to.match(form)
    const names = text.match(/^# TYPE \S+/gm)!
    expect(new Set(names).size).to.equal(names.length)
  })

  it('leaves the process out where it is told to, and takes bounds of durations', async () => {
    const server = await start({ process: false, buckets: [1, 0.5] })
    await fetch(`${server.url('api')}/orders/1`)
    let text = ''
    await poll(
      async () => (text = await scrape(server)).includes('route="/orders/:id"'),
      () => text,
    )
    expect(text).not.to.include('process_cpu')
    expect(new Set(text.match(/duration_seconds_bucket\{le="[^"]+"/g))).to.deep.equal(
      new Set(['0.5', '1', '+Inf'].map((bound) => `duration_seconds_bucket{le="${bound}"`)),
    )
  })

  it('counts values at the right bounds, whatever order they are given in, and each once', async () => {
    const server = await start({ process: false, buckets: [1, 0.1, 1] })
    const metrics = server.get(Metrics)
    for (const [name, buckets] of [
      ['configured', undefined],
      ['own', [10, 0.1, 1, 0.1]],
    ] as const) {
      const histogram = metrics.histogram({ name, help: 'Waiting', ...(buckets && { buckets }) })
      for (const value of [0.05, 0.05, 0.5, 5]) histogram.observe(value)
    }
    const text = await scrape(server)
    const countsOf = (name: string) => text.match(new RegExp(`^${name}_bucket.*`, 'gm'))
    expect(countsOf('configured')).to.deep.equal(
      ['{le="0.1"} 2', '{le="1"} 3', '{le="+Inf"} 4'].map((counts) => `configured_bucket${counts}`),
    )
    expect(countsOf('own')).to.deep.equal(
      ['{le="0.1"} 2', '{le="1"} 3', '{le="10"} 4', '{le="+Inf"} 4'].map((counts) => `own_bucket${counts}`),
    )
  })

  it('shows the calls of services of other servers', async () => {
    const target: TargetState = {
      service: 'UserService',
      endpoints: [
        { server: 'shop.users', url: 'http://users:3001', breaker: 'closed', inFlight: 2, isAvoided: false },
        { server: 'shop.users', url: 'http://users:3002', breaker: 'open', inFlight: 0, isAvoided: true },
      ],
      policy: callPolicy,
      inFlight: 2,
      queued: 1,
      retries: 4,
      methods: new Map([
        [
          'get',
          {
            outcomes: { answered: 7, failed: 1, timeout: 0, unavailable: 2, rejected: 0, aborted: 0 },
            latency: [1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4],
            totalMs: 41_500,
          },
        ],
      ]),
    }
    const runtime = {
      name: 'test',
      folder,
      phase: 'ready' as const,
      services: [],
      calls: [target],
      transactionCrossings: 3,
      contractProblems: [],
    }
    const server = await start({ process: false }, { overrides: [override(ServerRuntime, runtime)] })
    const text = await scrape(server)
    for (const line of [
      'lokstra_calls_total{service="UserService",method="get",outcome="answered"} 7',
      'lokstra_calls_total{service="UserService",method="get",outcome="unavailable"} 2',
      'lokstra_call_duration_seconds_bucket{le="0.001",service="UserService",method="get"} 1',
      'lokstra_call_duration_seconds_bucket{le="0.005",service="UserService",method="get"} 6',
      'lokstra_call_duration_seconds_bucket{le="10",service="UserService",method="get"} 6',
      'lokstra_call_duration_seconds_bucket{le="+Inf",service="UserService",method="get"} 10',
      'lokstra_call_duration_seconds_sum{service="UserService",method="get"} 41.5',
      'lokstra_call_duration_seconds_count{service="UserService",method="get"} 10',
      'lokstra_call_retries_total{service="UserService"} 4',
      'lokstra_calls_in_flight{service="UserService"} 2',
      'lokstra_calls_queued{service="UserService"} 1',
      'lokstra_call_breaker_state{service="UserService",server="shop.users",url="http://users:3001"} 0',
      'lokstra_call_breaker_state{service="UserService",server="shop.users",url="http://users:3002"} 2',
      'lokstra_call_endpoint_in_flight{service="UserService",server="shop.users",url="http://users:3001"} 2',
      'lokstra_transaction_crossings_total 3',
    ]) {
      expect(text.split('\n')).to.include(line)
    }
    for (const line of text.split('\n')) if (line !== '') expect(line).to.match(form)
  })

  it('refuses a name that is taken', async () => {
    const server = await start()
    const metrics = server.get(Metrics)
    expect(() => metrics.counter({ name: 'shop_orders_total', help: 'again' })).to.throw('already been registered')
  })
})

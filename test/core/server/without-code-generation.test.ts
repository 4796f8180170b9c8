import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'
import { repositoryRoot } from '../../helpers/repository.js'

const flag = '--disallow-code-generation-from-strings'
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')

interface Asked {
  readonly verb?: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const json = { 'content-type': 'application/json' }
const order = { email: 'ann@example.com', items: [{ id: 1, name: 'Pen' }], ignored: true }
const post = (body: unknown): Asked => ({
  verb: 'POST',
  target: '/orders',
  headers: json,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const requests: readonly Asked[] = [
  ...[post(order), post({ ...order, items: [] }), post({ ...order, email: 'nobody', items: [{ id: 'x' }, 7] })],
  ...[
    post({}),
    post('{'),
    post('null'),
    post('{"__proto__":{"id":1}}'),
    post({ ...order, items: Array(4).fill(order.items[0]) }),
  ],
  {
    verb: 'POST',
    target: '/orders',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'email=a@example.com&items[0][id]=7&items[0][name]=Cup',
  },
  { verb: 'POST', target: '/orders', headers: { 'content-type': 'text/plain' }, body: 'x' },
  ...[
    ...[
      '',
      '?page=2&per_page=5&paid=true&ids=1,2',
      '?page=0',
      '?per_page=101&paid=maybe',
      '?ids=1&ids=x',
      '?page=1&page=2',
      '?__proto__=1',
    ],
  ].map((query) => ({ target: `/orders${query}`, headers: { 'x-tenant': 'north' } })),
  ...[
    '/1',
    '/1/',
    '/2',
    '/99',
    '/0',
    '/x',
    '/latest',
    '/%6catest',
    '/1/items',
    '/1/items/a%2Fb',
    '/3-7',
    '/3-x',
    '/1/items/%zz',
    '/files/a/b.txt',
    '/files/',
    '/x/y/z',
  ].map((path) => ({ target: `/orders${path}` })),
  ...['HEAD', 'OPTIONS', 'PATCH'].map((verb) => ({ verb, target: '/orders/1' })),
  ...['/', '//orders', '/ORDERS', `/orders/${'7'.repeat(300)}`].map((target) => ({ target })),
  ...['/orders/1', '/orders/1', '/orders/x'].map((target) => ({ verb: 'DELETE', target })),
]

/** What a server answers, one request after the other, without what differs from run to run. */
async function answersOf(url: string): Promise<readonly unknown[]> {
  const answers = []
  for (const { verb = 'GET', target, headers = {}, body } of requests) {
    const response = await fetch(url + target, { method: verb, headers, ...(body === undefined ? {} : { body }) })
    const { date, ...rest } = Object.fromEntries(response.headers)
    expect(date, 'date').to.be.a('string')
    const text = (await response.text()).replace(/"requestId":"[^"]*"/, '"requestId":"…"')
    answers.push({ asked: `${verb} ${target}`, status: response.status, headers: rest, text })
  }
  return answers
}

/** Suites that start servers. What they expect does not depend on the engines. */
const suites = [
  ...[
    'routing/routes',
    'routing/route-mistakes',
    'binding/bind-over-http',
    'middleware/middleware',
    'response/returns',
  ],
  ...[
    'response/formatters',
    'container/injection',
    'contract/print',
    'server/apps',
    'mounts/mounts',
    'robustness/malformed-requests',
  ],
]

describe('a server where code generation is forbidden', () => {
  it('answers over its socket what it answers otherwise', async () => {
    await using usual = await ChildServer.start('contract-server.js')
    await using forbidden = await ChildServer.start('contract-server.js', { NODE_OPTIONS: flag })
    expect(usual.output).to.contain('code generation allowed')
    expect(forbidden.output).to.contain('code generation forbidden')
    const answers = await answersOf(forbidden.url)
    expect(answers).to.deep.equal(await answersOf(usual.url))
    const statuses = new Set(answers.map((answer) => (answer as { status: number }).status))
    expect([...statuses].sort()).to.deep.equal([200, 201, 204, 400, 404, 405, 415])
  })

  it('does in every respect what servers are expected to do', () => {
    const files = suites.map((name) => fileURLToPath(new URL(`../${name}.test.js`, import.meta.url)))
    const { status, stdout, stderr } = spawnSync(process.execPath, [flag, mocha, '--reporter', 'dot', ...files], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    })
    expect(status, stdout + stderr).to.equal(0)
  }).timeout(120_000)
})

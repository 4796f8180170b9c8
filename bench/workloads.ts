/** One request that every target answers with the same status and body. */
export interface Workload {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly status: number
  /** Parsed body of the answer; left out where it differs in wording only. */
  readonly expected?: unknown
}

const json = { 'content-type': 'application/json' }

const order = {
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
  currency: 'EUR',
  items: [
    { sku: 'A-100', quantity: 2, price: 19.5 },
    { sku: 'B-200', quantity: 1, price: 120 },
  ],
}

export const workloads: readonly Workload[] = [
  {
    name: 'static JSON',
    method: 'GET',
    path: '/hello',
    status: 200,
    expected: { status: 'success', data: { hello: 'world' } },
  },
  {
    name: 'typed path, query and header',
    method: 'GET',
    path: '/users/42?page=2&size=50&active=true',
    headers: { 'x-tenant': 'acme' },
    status: 200,
    expected: { status: 'success', data: { id: 42, page: 2, size: 50, active: true, tenant: 'acme' } },
  },
  {
    name: 'validated nested POST',
    method: 'POST',
    path: '/orders',
    headers: json,
    body: JSON.stringify(order),
    status: 201,
    expected: { status: 'success', data: { items: 2, total: 159 } },
  },
  {
    name: 'the same, invalid',
    method: 'POST',
    path: '/orders',
    headers: json,
    body: JSON.stringify({ ...order, items: [{ sku: '', quantity: 0, price: -1 }] }),
    status: 400,
  },
]

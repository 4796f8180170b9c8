import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a careful engineer writes by hand for the same requests: no framework, every check spelled out. */
const server = createServer((req, res) => {
  const url = req.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  if (req.method === 'GET' && path === '/hello') return send(res, 200, success({ hello: 'world' }))
  if (req.method === 'GET' && path.startsWith('/users/')) return showUser(req, res, path.slice(7), url.slice(mark + 1))
  if (req.method === 'POST' && path === '/orders') return createOrder(req, res)
  send(res, 404, failure('NOT_FOUND', []))
})

function showUser(req: IncomingMessage, res: ServerResponse, idText: string, search: string): void {
  const query = new URLSearchParams(search)
  const errors: string[] = []
  const integer = (name: string, text: string | null, fallback: number, min: number, max: number): number => {
    const value = text === null ? fallback : /^-?\d+$/.test(text) ? Number(text) : NaN
    if (!Number.isInteger(value) || value < min || value > max) errors.push(name)
    return value
  }
  const id = integer('id', idText, NaN, -Infinity, Infinity)
  const page = integer('page', query.get('page'), 1, 1, Infinity)
  const size = integer('size', query.get('size'), 20, -Infinity, 100)
  const activeText = query.get('active')
  const active = activeText === 'true' || activeText === '1'
  if (!active && activeText !== 'false' && activeText !== '0') errors.push('active')
  const tenant = req.headers['x-tenant']
  if (typeof tenant !== 'string' || tenant.length < 1 || tenant.length > 50) errors.push('tenant')
  if (errors.length > 0) send(res, 400, failure('VALIDATION_ERROR', errors))
  else send(res, 200, success({ id, page, size, active, tenant }))
}

interface Order {
  customer: { name: string; email: string }
  currency: string
  items: { sku: string; quantity: number; price: number }[]
}

function createOrder(req: IncomingMessage, res: ServerResponse): void {
  const chunks: Buffer[] = []
  let length = 0
  req.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > 1_048_576) req.destroy()
    else chunks.push(chunk)
  })
  req.on('end', () => {
    let body: unknown
    try {
      body = JSON.parse((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString())
    } catch {
      send(res, 400, failure('VALIDATION_ERROR', ['body']))
      return
    }
    const errors = checkOrder(body)
    if (errors.length > 0) {
      send(res, 400, failure('VALIDATION_ERROR', errors))
      return
    }
    const order = body as Order
    const total = order.items.reduce((sum, item) => sum + item.quantity * item.price, 0)
    send(res, 201, success({ items: order.items.length, total }))
  })
}

function checkOrder(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return ['body']
  const errors: string[] = []
  const { customer, currency, items } = body as Partial<Order>
  if (typeof customer !== 'object') errors.push('customer')
  else {
    if (!isText(customer.name, 1, 100)) errors.push('customer.name')
    if (!isText(customer.email, 3, 254) || !/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(customer.email))
      errors.push('customer.email')
  }
  if (currency !== 'EUR' && currency !== 'USD') errors.push('currency')
  if (!Array.isArray(items) || items.length === 0) errors.push('items')
  else {
    for (const [index, item] of items.entries()) {
      if (!isText(item.sku, 1, 40)) errors.push(`items[${index}].sku`)
      if (!Number.isInteger(item.quantity) || item.quantity < 1) errors.push(`items[${index}].quantity`)
      if (typeof item.price !== 'number' || item.price < 0) errors.push(`items[${index}].price`)
    }
  }
  return errors
}

function isText(value: unknown, min: number, max: number): value is string {
  return typeof value === 'string' && value.length >= min && value.length <= max
}

function success(data: unknown): string {
  return JSON.stringify({ status: 'success', data })
}

function failure(code: string, fields: readonly string[]): string {
  return JSON.stringify({ status: 'error', error: { code, fields } })
}

function send(res: ServerResponse, status: number, body: string): void {
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  res.end(body)
}

server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))

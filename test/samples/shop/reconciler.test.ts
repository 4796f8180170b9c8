import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createTestServer, override, type TestServer } from '@lokstra/core/testing'
import { Database } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { shop, shopFolder } from './shop.js'

const { CatalogService, NotificationService, OrderService } = shop
const sku = 'honey-250g'

describe('orders that a crash has left half done', function () {
  this.timeout(60_000)

  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-shop-'))
  after(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }))

  function open(overrides: Parameters<typeof override>[] = []): Promise<TestServer> {
    return createTestServer({
      file: join(shopFolder, 'lokstra.yaml'),
      env: { ...process.env, DATA_DIR: dataDir, DURABLE: 'false' },
      set: ['services.reconciler.every=20ms', 'services.reconciler.againAfter=20ms', 'calls.boundary=direct'],
      overrides: overrides.map(([token, value]) => override(token, value)),
    })
  }

  /** An order as it is in the database when the process dies in that state. */
  async function leave(
    server: TestServer,
    status: 'pending' | 'reserved' | 'confirmed' | 'cancelled',
    id: string = randomUUID(),
  ): Promise<{ id: string; customerId: string }> {
    const customerId = randomUUID()
    const lines = JSON.stringify([{ sku, name: 'Honey', quantity: 3, unitPriceCents: 650 }])
    await server.get(Database, 'ordersDb').query(
      `insert into orders (id, customer_id, tenant, idempotency_key, fingerprint, lines, total_cents, status, reason, due_at)
         values ($1, $2, 'main', 'key', 'fingerprint', $3, 1950, $4, $5, now())`,
      [id, customerId, lines, status, status === 'cancelled' ? 'customer' : null],
    )
    return { id, customerId }
  }

  async function goods(server: TestServer): Promise<{ onHand: number; reserved: number }> {
    const [stock] = await server.get(CatalogService).stock({ skus: [sku] })
    return { onHand: stock!.onHand, reserved: stock!.reserved }
  }

  async function settled(server: TestServer, id: string): Promise<void> {
    await poll(
      async () => {
        const { due } = await server
          .get(Database, 'ordersDb')
          .one<{ due: Date | null }>('select due_at as due from orders where id = $1', [id])
        return due === null
      },
      () => `the order ${id} was not settled`,
    )
  }

  const told = async (server: TestServer, userId: string) =>
    (await server.get(NotificationService).list({ userId, after: 0, size: 20 })).map(({ text }) => text)

  it('are confirmed when their goods were reserved, and the customer is told once', async () => {
    const server = await open()
    const before = await goods(server)
    const id = randomUUID()
    await server.get(CatalogService).reserve({ orderId: id, lines: [{ sku, quantity: 3 }] })
    const { customerId } = await leave(server, 'reserved', id)
    await settled(server, id)
    expect(await server.get(OrderService).byId({ id })).to.include({ status: 'confirmed' })
    expect(await goods(server)).to.deep.equal({ onHand: before.onHand - 3, reserved: 0 })
    expect(await told(server, customerId)).to.deep.equal(['Your order over 19.50 is confirmed'])
  })

  it('are cancelled when nobody knows whether their goods were reserved, and the goods are released', async () => {
    const server = await open()
    const before = await goods(server)
    const { customerId, id } = await leave(server, 'pending')
    await settled(server, id)
    expect(await server.get(OrderService).byId({ id })).to.include({ status: 'cancelled', reason: 'abandoned' })
    expect(await goods(server)).to.deep.equal(before)
    expect(await told(server, customerId)).to.deep.equal(['Your order over 19.50 is cancelled'])
    // A reservation that was on its way all the time comes too late.
    const late = await server
      .get(CatalogService)
      .reserve({ orderId: id, lines: [{ sku, quantity: 3 }] })
      .catch((error: unknown) => error)
    expect(late).to.include({ code: 'RESERVATION_RELEASED' })
  })

  for (const status of ['confirmed', 'cancelled'] as const) {
    it(`are told to the customer when they are ${status} and nobody has said so`, async () => {
      const server = await open()
      const { customerId, id } = await leave(server, status)
      await settled(server, id)
      expect(await told(server, customerId)).to.deep.equal([`Your order over 19.50 is ${status}`])
      expect(await server.get(OrderService).byId({ id })).to.include({ status })
    })
  }

  it('are found at the start, and settled later where others cannot be told yet', async () => {
    const first = await open([['NotificationService', { send: () => Promise.reject(new Error('away')) }]])
    const { customerId, id } = await leave(first, 'confirmed')
    await poll(
      () => first.logs.filter(({ message }) => message.startsWith('An order could not be settled')).length >= 2,
      () => 'it was not tried again',
    )
    await first.dispose()
    const second = await open()
    await settled(second, id)
    expect(await told(second, customerId)).to.have.length(1)
  })
})

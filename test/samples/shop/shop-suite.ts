import { randomUUID } from 'node:crypto'

import type { TestResponse, Topology } from '@lokstra/core/testing'
import { expect } from 'chai'

import type { Order, Product, Stock, User } from '../../../samples/shop/dist/index.js'
import { poll } from '../../helpers/poll.js'
import { shop } from './shop.js'

const { CatalogService, NotificationService, OrderService, UserService } = shop

/** What the shop does, wherever its services run. */
export function shopSuite(open: () => Topology): void {
  const catalog = () => open().get(CatalogService)
  const users = () => open().get(UserService)
  const orders = () => open().get(OrderService)
  const notifications = () => open().get(NotificationService)

  /** A product of its own, so that no test changes what another one counts. */
  async function product(onHand: number, priceCents = 100): Promise<Product> {
    const sku = `p-${randomUUID()}`
    await catalog().put({ sku, name: 'Thing', priceCents })
    if (onHand > 0) await catalog().deliver({ id: randomUUID(), sku, quantity: onHand })
    const [found] = await catalog().products({ after: sku.slice(0, -1), size: 1 })
    return found!
  }

  function customer(): Promise<User> {
    return users().register({ email: `${randomUUID()}@example.org`, name: 'Ann' })
  }

  async function stockOf({ sku }: Pick<Product, 'sku'>): Promise<Stock> {
    const [stock] = await catalog().stock({ skus: [sku] })
    return stock!
  }

  const one = ({ sku }: Product, quantity = 1) => [{ sku, quantity }]

  /** Fails unless the promise is rejected. */
  async function failure(promise: Promise<unknown>): Promise<unknown> {
    const outcome = await promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if ('value' in outcome) expect.fail(`it gave ${JSON.stringify(outcome.value)}`)
    return outcome.error
  }

  function place(
    customerId: string,
    lines: { sku: string; quantity: number }[],
    idempotencyKey: string = randomUUID(),
  ) {
    return orders().place({ customerId, lines, idempotencyKey })
  }

  describe('users', () => {
    it('registers a user, and finds it', async () => {
      const user = await users().register({ email: `${randomUUID()}@example.org`, name: 'Ann Ünïcode' })
      expect(user).to.include({ name: 'Ann Ünïcode', status: 'active' })
      expect(user.createdAt).to.be.an.instanceOf(Date)
      expect(await users().byId({ id: user.id })).to.deep.equal(user)
    })

    it('refuses an address that is taken, with an error of its class', async () => {
      const { email } = await customer()
      const error = await failure(users().register({ email, name: 'Bob' }))
      expect(error).to.be.an.instanceOf(shop.EmailTaken)
      expect(error).to.include({ status: 409, code: 'EMAIL_TAKEN' })
    })

    it('knows nobody by another id', async () => {
      expect(await failure(users().byId({ id: randomUUID() }))).to.be.an.instanceOf(shop.UserNotFound)
    })
  })

  describe('the catalogue', () => {
    it('counts a delivery once, however often it is told', async () => {
      const { sku } = await product(0)
      const delivery = { id: randomUUID(), sku, quantity: 5 }
      const told = await Promise.all([1, 2, 3].map(() => catalog().deliver(delivery)))
      expect(told.map(({ available }) => available)).to.deep.equal([5, 5, 5])
      expect(await stockOf({ sku })).to.deep.equal({ sku, onHand: 5, reserved: 0 })
    })

    it('gives prices of several products, and names the one that is missing', async () => {
      const [a, b] = await Promise.all([product(1, 150), product(1, 250)])
      const prices = await catalog().prices({ skus: [a.sku, b.sku] })
      expect(prices.map(({ priceCents }) => priceCents)).to.have.members([150, 250])
      const error = await failure(catalog().prices({ skus: [a.sku, 'nothing-of-that-name'] }))
      expect(error).to.be.an.instanceOf(shop.ProductNotFound)
      expect((error as Error).message).to.equal('There is no product nothing-of-that-name')
    })

    it('reserves all lines or none', async () => {
      const [plenty, few] = await Promise.all([product(10), product(2)])
      const orderId = randomUUID()
      const lines = [...one(plenty, 5), ...one(few, 3)]
      const error = await failure(catalog().reserve({ orderId, lines }))
      expect(error).to.be.an.instanceOf(shop.OutOfStock)
      expect((error as InstanceType<typeof shop.OutOfStock>).details).to.deep.equal({ sku: few.sku, available: 2 })
      expect(await stockOf(plenty)).to.include({ onHand: 10, reserved: 0 })
      expect(await failure(catalog().reservation({ orderId }))).to.be.an.instanceOf(shop.ReservationNotFound)
    })

    it('reserves for an order once, and nothing else for it', async () => {
      const thing = await product(10)
      const orderId = randomUUID()
      await Promise.all([1, 2, 3].map(() => catalog().reserve({ orderId, lines: one(thing, 4) })))
      expect(await stockOf(thing)).to.include({ onHand: 10, reserved: 4 })
      const error = await failure(catalog().reserve({ orderId, lines: one(thing, 1) }))
      expect(error).to.include({ status: 409, code: 'RESERVATION_DIFFERS' })
    })

    it('never sells more than there is, to however many at once', async () => {
      const [a, b] = await Promise.all([product(10), product(10)])
      const attempts = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) => {
          // Half of them name the products the other way round.
          const lines = [...one(a), ...one(b)]
          return catalog().reserve({ orderId: randomUUID(), lines: index % 2 === 0 ? lines : lines.reverse() })
        }),
      )
      expect(attempts.filter(({ status }) => status === 'fulfilled')).to.have.length(10)
      for (const attempt of attempts)
        if (attempt.status === 'rejected') expect(attempt.reason).to.be.an.instanceOf(shop.OutOfStock)
      expect(await stockOf(a)).to.include({ onHand: 10, reserved: 10 })
    })

    it('takes goods back that were reserved or confirmed, once', async () => {
      const thing = await product(10)
      const [reserved, confirmed] = [randomUUID(), randomUUID()]
      for (const orderId of [reserved, confirmed]) await catalog().reserve({ orderId, lines: one(thing, 3) })
      for (let turn = 0; turn < 2; turn++) await catalog().confirm({ orderId: confirmed })
      expect(await stockOf(thing)).to.include({ onHand: 7, reserved: 3 })
      for (const orderId of [reserved, confirmed, reserved, confirmed]) await catalog().release({ orderId })
      expect(await stockOf(thing)).to.include({ onHand: 10, reserved: 0 })
    })

    it('reserves nothing for an order that was released before', async () => {
      const thing = await product(10)
      const orderId = randomUUID()
      await catalog().release({ orderId })
      const error = await failure(catalog().reserve({ orderId, lines: one(thing) }))
      expect(error).to.include({ status: 409, code: 'RESERVATION_RELEASED' })
      expect(await stockOf(thing)).to.include({ onHand: 10, reserved: 0 })
    })
  })

  describe('placing an order', () => {
    it('takes the goods at the prices of now, and tells the customer', async () => {
      const [ann, a, b] = await Promise.all([customer(), product(10, 349), product(10, 420)])
      const order = await place(ann.id, [...one(a, 2), ...one(b, 1)])
      expect(order).to.include({ customerId: ann.id, status: 'confirmed', reason: null, totalCents: 1118 })
      expect(order.placedAt).to.be.an.instanceOf(Date)
      expect(order.lines).to.deep.equal([
        { sku: a.sku, name: 'Thing', quantity: 2, unitPriceCents: 349 },
        { sku: b.sku, name: 'Thing', quantity: 1, unitPriceCents: 420 },
      ])
      expect(await stockOf(a)).to.include({ onHand: 8, reserved: 0 })
      await catalog().put({ sku: a.sku, name: 'Thing', priceCents: 999 })
      expect((await orders().byId({ id: order.id })).totalCents).to.equal(1118)
      let texts: string[] = []
      await poll(
        async () => {
          texts = (await notifications().list({ userId: ann.id, after: 0, size: 20 })).map(({ text }) => text)
          return texts.length > 0
        },
        () => 'the customer was not told',
      )
      expect(texts).to.deep.equal(['Your order over 11.18 is confirmed'])
    })

    it('happens once for a key, however often and at the same time it is asked for', async () => {
      const [ann, thing] = await Promise.all([customer(), product(10)])
      const placed = await Promise.all(Array.from({ length: 8 }, () => place(ann.id, one(thing, 2), 'the-key')))
      expect(new Set(placed.map(({ id }) => id)).size).to.equal(1)
      expect((await place(ann.id, one(thing, 2), 'the-key')).id).to.equal(placed[0]!.id)
      expect(await stockOf(thing)).to.include({ onHand: 8, reserved: 0 })
      expect(await orders().list({ customerId: ann.id, page: 1, size: 20 })).to.have.property('total', 1)
    })

    it('refuses a key that stands for another order already', async () => {
      const [ann, bob, thing] = await Promise.all([customer(), customer(), product(10)])
      await place(ann.id, one(thing, 1), 'the-key')
      const error = await failure(place(ann.id, one(thing, 2), 'the-key'))
      expect(error).to.be.an.instanceOf(shop.IdempotencyKeyReused)
      expect(error).to.include({ status: 409 })
      // The key of somebody else is another key.
      expect(await place(bob.id, one(thing, 2), 'the-key')).to.include({ status: 'confirmed' })
    })

    it('is refused for want of goods, and takes none; asked again it still is', async () => {
      const [ann, plenty, few] = await Promise.all([customer(), product(10), product(1)])
      const lines = [...one(plenty), ...one(few, 2)]
      for (let turn = 0; turn < 2; turn++) {
        expect(await failure(place(ann.id, lines, 'the-key'))).to.be.an.instanceOf(shop.OutOfStock)
      }
      expect(await stockOf(plenty)).to.include({ onHand: 10, reserved: 0 })
      const [order] = (await orders().list({ customerId: ann.id, page: 1, size: 20 })).orders
      expect(order).to.include({ status: 'cancelled', reason: 'out-of-stock' })
    })

    it('is refused for nobody, for a blocked user, and of nothing that exists', async () => {
      const [ann, thing] = await Promise.all([customer(), product(10)])
      expect(await failure(place(randomUUID(), one(thing)))).to.be.an.instanceOf(shop.UserNotFound)
      const nothing = [{ sku: 'nothing-of-that-name', quantity: 1 }]
      expect(await failure(place(ann.id, nothing))).to.be.an.instanceOf(shop.ProductNotFound)
      await users().block({ id: ann.id })
      expect(await failure(place(ann.id, one(thing)))).to.be.an.instanceOf(shop.CustomerBlocked)
      expect(await stockOf(thing)).to.include({ onHand: 10, reserved: 0 })
      expect(await orders().list({ customerId: ann.id, page: 1, size: 20 })).to.deep.include({ total: 0 })
    })
  })

  describe('an order', () => {
    it('is cancelled once, and its goods come back', async () => {
      const [ann, thing] = await Promise.all([customer(), product(10)])
      const { id } = await place(ann.id, one(thing, 4))
      for (let turn = 0; turn < 2; turn++) {
        expect(await orders().cancel({ id })).to.include({ status: 'cancelled', reason: 'customer' })
      }
      await poll(
        async () => (await stockOf(thing)).onHand === 10,
        () => 'the goods did not come back',
      )
      expect(await catalog().reservation({ orderId: id })).to.include({ state: 'released' })
      expect(await failure(orders().cancel({ id: randomUUID() }))).to.be.an.instanceOf(shop.OrderNotFound)
    })

    it('is found in the list of its customer, the newest first', async () => {
      const [ann, thing] = await Promise.all([customer(), product(10)])
      const placed: Order[] = []
      for (let turn = 0; turn < 3; turn++) placed.unshift(await place(ann.id, one(thing)))
      const first = await orders().list({ customerId: ann.id, page: 1, size: 2 })
      expect(first.total).to.equal(3)
      expect(first.orders.map(({ id }) => id)).to.deep.equal(placed.slice(0, 2).map(({ id }) => id))
      const second = await orders().list({ customerId: ann.id, page: 2, size: 2 })
      expect(second.orders).to.deep.equal([await orders().byId({ id: placed[2]!.id })])
    })
  })

  describe('notifications', () => {
    const send = (userId: string, text: string, id = randomUUID()) =>
      notifications().send({ id, userId, kind: 'order-confirmed', text })

    it('are sent once, however often they are told', async () => {
      const [userId, id] = [randomUUID(), randomUUID()]
      const told = await Promise.all([1, 2, 3].map(() => send(userId, 'hello', id)))
      expect(new Set(told.map(({ position }) => position)).size).to.equal(1)
      expect(await notifications().list({ userId, after: 0, size: 20 })).to.have.length(1)
    })

    it('can be watched: those that are there, those that come, and none of others', async () => {
      const [ann, bob] = [randomUUID(), randomUUID()]
      await send(ann, 'first')
      const texts: string[] = []
      for await (const { text, sentAt } of notifications().watch({ userId: ann, after: 0, wait: 8_000 })) {
        expect(sentAt).to.be.an.instanceOf(Date)
        texts.push(text)
        if (text === 'first') await Promise.all([send(bob, 'not for Ann'), send(ann, 'second')])
        if (text === 'second') break
      }
      expect(texts).to.deep.equal(['first', 'second'])
    })

    it('end when nothing comes', async () => {
      const [userId, texts] = [randomUUID(), [] as string[]]
      await send(userId, 'only')
      for await (const { text } of notifications().watch({ userId, after: 0, wait: 50 })) texts.push(text)
      expect(texts).to.deep.equal(['only'])
    })
  })

  describe('its public API', () => {
    interface SignedIn {
      readonly id: string
      request(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<TestResponse>
    }

    async function signUp(): Promise<SignedIn> {
      const body = { email: `${randomUUID()}@example.org`, name: 'Ann' }
      const answer = await open().request('api', 'POST', '/users', { body })
      expect(answer.status, answer.text).to.equal(201)
      const { user, token } = answer.json().data as { user: User; token: string }
      return {
        id: user.id,
        request: (method, path, payload, headers = {}) =>
          open().request('api', method, path, {
            headers: { authorization: `Bearer ${token}`, ...headers },
            ...(payload && { body: payload }),
          }),
      }
    }

    it('places, shows, lists and cancels orders of whoever has signed in', async () => {
      const [ann, thing] = await Promise.all([signUp(), product(10, 250)])
      const key = { 'idempotency-key': 'the-key' }
      const placed = await ann.request('POST', '/orders', { lines: one(thing, 2) }, key)
      expect(placed.status, placed.text).to.equal(201)
      const order = placed.json().data as Order
      expect(order).to.include({ customerId: ann.id, status: 'confirmed', totalCents: 500 })
      expect(placed.headers.location).to.equal(`/orders/${order.id}`)
      expect((await ann.request('POST', '/orders', { lines: one(thing, 2) }, key)).json().data.id).to.equal(order.id)
      expect((await ann.request('GET', `/orders/${order.id}`)).json().data).to.deep.equal(order)
      const list = (await ann.request('GET', '/orders')).json()
      expect(list.data).to.deep.equal([order])
      expect(list.meta).to.include({ total: 1, page: 1 })
      const cancelled = await ann.request('POST', `/orders/${order.id}/cancel`)
      expect(cancelled.json().data).to.include({ status: 'cancelled', reason: 'customer' })
    })

    it('answers with the status, code and details of what services throw', async () => {
      const [ann, thing] = await Promise.all([signUp(), product(1)])
      const refused = await ann.request('POST', '/orders', { lines: one(thing, 2) }, { 'idempotency-key': 'a' })
      expect(refused.status, refused.text).to.equal(409)
      expect(refused.json().error).to.deep.include({
        code: 'OUT_OF_STOCK',
        message: `There is not enough of ${thing.sku}`,
        details: { sku: thing.sku, available: 1 },
      })
    })

    it('names what is wrong with an order, field by field', async () => {
      const ann = await signUp()
      const lines = [
        { sku: 'Not a SKU', quantity: 0 },
        { sku: 'tea', quantity: 1.5 },
      ]
      const answer = await ann.request('POST', '/orders', { lines })
      expect(answer.status).to.equal(400)
      const fields = answer.json().error.fields as { in: string; field: string; code: string }[]
      expect(fields.map((one) => `${one.in} ${one.field} ${one.code}`)).to.have.members([
        'header idempotency-key required',
        'body lines[0].sku matches',
        'body lines[0].quantity min',
        'body lines[1].quantity isInt',
      ])
    })

    it('shows nobody the orders of others, and nothing to those who have not signed in', async () => {
      const [ann, bob, thing] = await Promise.all([signUp(), signUp(), product(10)])
      const placed = await ann.request('POST', '/orders', { lines: one(thing) }, { 'idempotency-key': 'a' })
      const { id } = placed.json().data as Order
      expect((await bob.request('GET', `/orders/${id}`)).status).to.equal(404)
      expect((await bob.request('POST', `/orders/${id}/cancel`)).status).to.equal(404)
      expect((await bob.request('GET', '/orders')).json().data).to.deep.equal([])
      expect((await open().request('api', 'GET', '/orders')).status).to.equal(401)
      const forged = { authorization: `Bearer ${ann.id}.forged` }
      expect((await open().request('api', 'GET', '/orders', { headers: forged })).status).to.equal(401)
      expect(await orders().byId({ id })).to.include({ status: 'confirmed' })
    })

    it('gives notifications as lines of JSON', async () => {
      const ann = await signUp()
      for (const text of ['one', 'two'])
        await notifications().send({ id: randomUUID(), userId: ann.id, kind: 'order-cancelled', text })
      const answer = await ann.request('GET', '/notifications/events?wait=0s')
      expect(answer.headers['content-type']).to.match(/^application\/x-ndjson/)
      const lines = answer.text.trimEnd().split('\n')
      expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).to.deep.equal(['one', 'two'])
    })

    it('keeps the orders of each tenant apart', async () => {
      const [ann, thing] = await Promise.all([signUp(), product(10)])
      const order = async (tenant: string) => {
        const headers = { 'idempotency-key': 'the-key', 'x-tenant': tenant }
        const answer = await ann.request('POST', '/orders', { lines: one(thing) }, headers)
        return answer.json().data as Order
      }
      const [north, south] = [await order('north'), await order('south')]
      expect([north.tenant, south.tenant]).to.deep.equal(['north', 'south'])
      expect(north.id).not.to.equal(south.id)
    })

    it('does not show what only services may call', async () => {
      for (const path of ['/catalog/stock?skus=tea-green', `/users/${randomUUID()}`, '/catalog/prices?skus=tea-green'])
        expect((await open().request('api', 'GET', path)).status, path).to.equal(404)
    })
  })
}

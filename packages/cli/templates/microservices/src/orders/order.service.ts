import { Inject, Service, UnprocessableError } from '@lokstra/core'

import { UserDirectory } from '../users/user-directory.js'
import type { PlaceOrder } from './order.dto.js'
import type { Order } from './order.js'

/** Keeps orders in memory: they are gone when the process is. */
@Service()
export class OrderService {
  readonly #orders: Order[] = []

  constructor(@Inject('userDirectory') private readonly users: UserDirectory) {}

  async place({ userId, item }: PlaceOrder): Promise<Order> {
    const user = await this.users.find(userId)
    if (user === undefined) throw new UnprocessableError(`There is no user ${userId}`)
    const order = { id: this.#orders.length + 1, item, customer: user.name }
    this.#orders.push(order)
    return order
  }

  list(): readonly Order[] {
    return this.#orders
  }
}

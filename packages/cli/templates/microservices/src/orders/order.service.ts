import { Service, UnprocessableError } from '@lokstra/core'

import { UserService, UserUnknown } from '../users/user.service.js'
import type { User } from '../users/user.js'
import type { PlaceOrder } from './order.dto.js'
import type { Order } from './order.js'

/** Keeps orders in memory: they are gone when the process is. */
@Service()
export class OrderService {
  readonly #orders: Order[] = []

  /** @param users  runs in this process or on the server that publishes it: see `publish` in lokstra.yaml */
  constructor(private readonly users: UserService) {}

  async place({ userId, item }: PlaceOrder): Promise<Order> {
    const user = await this.#customer(userId)
    const order = { id: this.#orders.length + 1, item, customer: user.name }
    this.#orders.push(order)
    return order
  }

  list(): readonly Order[] {
    return this.#orders
  }

  async #customer(id: number): Promise<User> {
    try {
      return await this.users.show({ id })
    } catch (error) {
      // Errors that @Throws declares are of their class on this side too.
      if (error instanceof UserUnknown) throw new UnprocessableError(error.message)
      throw error
    }
  }
}

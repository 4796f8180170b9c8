import { HttpError } from '@lokstra/core'

export class OrderNotFound extends HttpError {
  constructor(message = 'There is no such order') {
    super(404, message, { code: 'ORDER_NOT_FOUND' })
  }
}

export class CustomerBlocked extends HttpError {
  constructor(message = 'This customer cannot order') {
    super(403, message, { code: 'CUSTOMER_BLOCKED' })
  }
}

export class IdempotencyKeyReused extends HttpError {
  constructor(message = 'The idempotency key has been used for another order') {
    super(409, message, { code: 'IDEMPOTENCY_KEY_REUSED' })
  }
}

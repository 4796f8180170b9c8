import { HttpError } from '@lokstra/core'

export class ProductNotFound extends HttpError {
  constructor(sku?: string) {
    super(404, sku === undefined ? 'There is no such product' : `There is no product ${sku}`, {
      code: 'PRODUCT_NOT_FOUND',
    })
  }
}

/** `details`: the product, and how many there are. */
export class OutOfStock extends HttpError {
  constructor(sku?: string, available = 0) {
    super(409, sku === undefined ? 'There is not enough in stock' : `There is not enough of ${sku}`, {
      code: 'OUT_OF_STOCK',
      ...(sku !== undefined && { details: { sku, available } }),
    })
  }
}

/** The goods of this order have been given back. */
export class ReservationReleased extends HttpError {
  constructor(message = 'The reservation has been released') {
    super(409, message, { code: 'RESERVATION_RELEASED' })
  }
}

export class ReservationNotFound extends HttpError {
  constructor(message = 'There is no reservation for this order') {
    super(404, message, { code: 'RESERVATION_NOT_FOUND' })
  }
}

/** An order cannot reserve one thing and then another. */
export class ReservationDiffers extends HttpError {
  constructor(message = 'This order has reserved something else') {
    super(409, message, { code: 'RESERVATION_DIFFERS' })
  }
}

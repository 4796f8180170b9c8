import { Delete, Get, Inject, Put, Returns, Route, Service, Throws } from '@lokstra/core'
import { Database, sql } from '@lokstra/services/postgres'

import { Deliver, ListProducts, PutProduct, ReservationId, Reserve, Skus } from './catalog.dto.js'
import {
  OutOfStock,
  ProductNotFound,
  ReservationDiffers,
  ReservationNotFound,
  ReservationReleased,
} from './catalog.errors.js'
import { Price, Product, Reservation, Stock } from './product.js'
import { Reservations } from './reservations.js'

const columns = sql`sku, name, price_cents as "priceCents", on_hand - reserved as available`
const priceColumns = sql`sku, name, price_cents as "priceCents"`

/** What there is, what it costs, and whose it is. */
@Service()
@Route('/catalog')
export class CatalogService {
  constructor(
    @Inject('catalogDb') private readonly db: Database,
    private readonly reservations: Reservations,
  ) {}

  @Get('/products', { summary: 'Products by SKU' })
  @Returns([Product])
  products({ after = '', size }: ListProducts): Promise<Product[]> {
    return this.db.many<Product>(sql`select ${columns} from products where sku > ${after} order by sku limit ${size}`)
  }

  @Get('/prices')
  @Returns([Price])
  @Throws(ProductNotFound)
  async prices({ skus }: Skus): Promise<Price[]> {
    const prices = await this.db.many<Price>(
      sql`select ${priceColumns} from products where sku = any(${skus}) order by sku`,
    )
    const missing = skus.find((sku) => !prices.some((price) => price.sku === sku))
    if (missing !== undefined) throw new ProductNotFound(missing)
    return prices
  }

  @Get('/stock')
  @Returns([Stock])
  stock({ skus }: Skus): Promise<Stock[]> {
    return this.db.many<Stock>(
      sql`select sku, on_hand as "onHand", reserved from products where sku = any(${skus}) order by sku`,
    )
  }

  /** Orders that have been placed keep their price. */
  @Put('/products/:sku', { summary: 'Add a product, or change its name and price' })
  @Returns(Product)
  put({ sku, name, priceCents }: PutProduct): Promise<Product> {
    return this.db.one<Product>(sql`
      insert into products (sku, name, price_cents) values (${sku}, ${name}, ${priceCents})
      on conflict (sku) do update set name = excluded.name, price_cents = excluded.price_cents
      returning ${columns}`)
  }

  @Put('/deliveries/:id', { summary: 'Goods have come in' })
  @Returns(Product)
  @Throws(ProductNotFound)
  deliver({ id, sku, quantity }: Deliver): Promise<Product> {
    return this.db.transaction(async (tx) => {
      const product = await tx.maybeOne<Product>(sql`select ${columns} from products where sku = ${sku} for update`)
      if (!product) throw new ProductNotFound(sku)
      const { rowCount } = await tx.query(
        sql`insert into deliveries (id, sku, quantity) values (${id}, ${sku}, ${quantity}) on conflict (id) do nothing`,
      )
      if (rowCount === 0) return product
      return tx.one<Product>(
        sql`update products set on_hand = on_hand + ${quantity} where sku = ${sku} returning ${columns}`,
      )
    })
  }

  @Put('/reservations/:orderId', { summary: 'Keep goods for an order: all of them, or none' })
  @Returns(Reservation)
  @Throws(ProductNotFound, OutOfStock, ReservationReleased, ReservationDiffers)
  reserve({ orderId, lines }: Reserve): Promise<Reservation> {
    return this.reservations.make(orderId, lines)
  }

  @Put('/reservations/:orderId/confirmation', { summary: 'The goods have left the warehouse' })
  @Returns(Reservation)
  @Throws(ReservationNotFound, ReservationReleased)
  confirm({ orderId }: ReservationId): Promise<Reservation> {
    return this.reservations.confirm(orderId)
  }

  @Delete('/reservations/:orderId', { summary: 'The order is off: its goods can be ordered again' })
  @Returns(Reservation)
  release({ orderId }: ReservationId): Promise<Reservation> {
    return this.reservations.release(orderId)
  }

  @Get('/reservations/:orderId')
  @Returns(Reservation)
  @Throws(ReservationNotFound)
  reservation({ orderId }: ReservationId): Promise<Reservation> {
    return this.reservations.find(orderId)
  }
}

import type { StoredOrder } from '../sample/order.js'

/** One way to make a checked order of parsed JSON. */
export interface BindContender {
  readonly name: string
  readonly title: string
  /** The checked order, or the wrong fields: as many as there are. */
  readonly bind: (value: unknown) => { readonly order: object } | { readonly wrong: readonly unknown[] }
}

/** One way to write stored orders as JSON, without what clients may not see. */
export interface SerialiseContender {
  readonly name: string
  readonly title: string
  /** What it is given in place of a stored order; not part of the time. */
  readonly prepare?: (order: StoredOrder) => object
  readonly one: (order: object) => string
  readonly list: (orders: readonly object[]) => string
}

/** What all targets take and give: the order of the POST workload and the stored orders of the list. */
export const currencies = ['EUR', 'USD', 'GBP'] as const
export const referencePattern = /^ORD-\d{6}$/
export const zipPattern = /^\d{5}$/

export interface Address {
  street: string
  city: string
  zip: string
  country: string
}

export interface Customer {
  name: string
  email: string
  address: Address
}

export interface Item {
  sku: string
  quantity: number
  price: number
}

/** Fields of eleven kinds: pattern, nested object, enum, integer and number in a range, boolean, optional text, list of texts … */
export interface Order {
  reference: string
  customer: Customer
  currency: (typeof currencies)[number]
  priority: number
  discount: number
  express: boolean
  note?: string | undefined
  tags: string[]
  items: Item[]
}

/** An order as the application keeps it: with fields that no client may see. */
export interface StoredOrder extends Order {
  id: number
  placedAt: Date
  margin: number
  audit: string[]
}

/** What clients may see of a stored order. */
export interface OrderView extends Order {
  id: number
  placedAt: Date
}

export interface Receipt {
  reference: string
  items: number
  total: number
}

/** All that the application itself does with an order. */
export function receiptOf(order: Order): Receipt {
  let total = 0
  for (const { quantity, price } of order.items) total += quantity * price
  return {
    reference: order.reference,
    items: order.items.length,
    total: Math.round(total * (1 - order.discount) * 100) / 100,
  }
}

/** The output type spelled out by hand, for the targets whose framework has none that is fast. */
export function viewOf(order: StoredOrder): OrderView {
  const { customer } = order
  const { address } = customer
  return {
    id: order.id,
    placedAt: order.placedAt,
    reference: order.reference,
    customer: {
      name: customer.name,
      email: customer.email,
      address: { street: address.street, city: address.city, zip: address.zip, country: address.country },
    },
    currency: order.currency,
    priority: order.priority,
    discount: order.discount,
    express: order.express,
    note: order.note,
    tags: order.tags,
    items: order.items.map(({ sku, quantity, price }) => ({ sku, quantity, price })),
  }
}

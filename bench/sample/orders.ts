import { currencies, type Order, type StoredOrder } from './order.js'

const cities = ['Amsterdam', 'Berlin', 'Copenhagen', 'Dublin', 'Edinburgh', 'Florence', 'Geneva']

/** About 500 bytes of JSON; orders of different numbers differ in every field, and in whether they have a note. */
export function sampleOrder(number: number): Order {
  const city = cities[number % cities.length]!
  return {
    reference: `ORD-${String(number).padStart(6, '0')}`,
    customer: {
      name: `Ada Lovelace ${number}`,
      email: `ada.lovelace${number}@example.com`,
      address: { street: `${number} Analytical Street`, city, zip: String(10_000 + number), country: 'NL' },
    },
    currency: currencies[number % currencies.length]!,
    priority: (number % 5) + 1,
    discount: (number % 20) / 100,
    express: number % 2 === 0,
    ...(number % 3 === 0 ? undefined : { note: `Please ring twice, leave it with the neighbours at no. ${number}` }),
    tags: ['gift', city.toLowerCase()],
    items: [
      { sku: `A-${number}`, quantity: (number % 9) + 1, price: 19.5 },
      { sku: `B-${number}`, quantity: 1, price: 120 },
      { sku: `C-${number}`, quantity: 12, price: 0.99 },
    ],
  }
}

/** The same with four wrong fields at three depths. */
export function invalidOrder(number: number): Order {
  const order = sampleOrder(number)
  order.customer.email = 'ada.lovelace(at)example.com'
  order.currency = 'GEM' as Order['currency']
  order.priority = 9
  order.items[1]!.quantity = 0
  return order
}

/** The wrong fields of {@link invalidOrder}, in the order of declaration. */
export const invalidFields = [
  { in: 'body', field: 'customer.email', code: 'isEmail' },
  { in: 'body', field: 'currency', code: 'isIn' },
  { in: 'body', field: 'priority', code: 'max' },
  { in: 'body', field: 'items[1].quantity', code: 'min' },
]

export const storedOrders: readonly StoredOrder[] = Array.from({ length: 100 }, (_, index) => ({
  id: index + 1,
  placedAt: new Date(Date.UTC(2026, 0, 1, 0, index)),
  margin: index / 100,
  audit: ['imported', `checked by clerk ${index}`],
  ...sampleOrder(index + 1),
}))

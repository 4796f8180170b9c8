import type { WrongField } from '../../sample/envelope.js'
import { currencies, referencePattern, zipPattern } from '../../sample/order.js'
import type { Address, Customer, Item, Order } from '../../sample/order.js'

const email = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+$/i

/** The order that a parsed body holds, without what it holds besides, or all that is wrong with it. */
export function readOrder(body: unknown): Order | WrongField[] {
  const wrong: WrongField[] = []
  if (!isObject(body)) return refuse(wrong, body, '', 'type', 'the body must be an object')
  const { reference, customer, currency, priority, discount, express, note, tags, items } = body
  if (typeof reference !== 'string' || !referencePattern.test(reference)) {
    refuse(wrong, reference, 'reference', 'matches', 'reference must match ORD-000000')
  }
  const readCustomer = customerOf(customer, wrong)
  if (!currencies.includes(currency as 'EUR')) {
    refuse(wrong, currency, 'currency', 'isIn', `currency must be one of ${currencies.join(', ')}`)
  }
  if (!Number.isInteger(priority)) refuse(wrong, priority, 'priority', 'isInt', 'priority must be an integer number')
  else if ((priority as number) < 1) refuse(wrong, priority, 'priority', 'min', 'priority must not be less than 1')
  else if ((priority as number) > 5) refuse(wrong, priority, 'priority', 'max', 'priority must not be greater than 5')
  if (typeof discount !== 'number') refuse(wrong, discount, 'discount', 'isNumber', 'discount must be a number')
  else if (discount < 0) refuse(wrong, discount, 'discount', 'min', 'discount must not be less than 0')
  else if (discount > 1) refuse(wrong, discount, 'discount', 'max', 'discount must not be greater than 1')
  if (typeof express !== 'boolean') refuse(wrong, express, 'express', 'isBoolean', 'express must be true or false')
  if (note !== undefined && note !== null && !isText(note, 0, 500)) {
    refuse(wrong, note, 'note', 'maxLength', 'note must have at most 500 characters')
  }
  if (!Array.isArray(tags)) refuse(wrong, tags, 'tags', 'isArray', 'tags must be an array')
  else if (tags.length > 10) refuse(wrong, tags, 'tags', 'arrayMaxSize', 'tags must have at most 10 elements')
  else if (!tags.every((tag) => isText(tag, 1, 40))) {
    refuse(wrong, tags, 'tags', 'isLength', 'each tag must have 1 to 40 characters')
  }
  const readItems = itemsOf(items, wrong)
  if (wrong.length > 0) return wrong
  return {
    reference,
    customer: readCustomer,
    currency,
    priority,
    discount,
    express,
    note,
    tags,
    items: readItems,
  } as Order
}

function customerOf(value: unknown, wrong: WrongField[]): Customer | undefined {
  if (!isObject(value)) return void refuse(wrong, value, 'customer', 'type', 'customer must be an object')
  const { name, email: address } = value
  if (!isText(name, 1, 100)) refuse(wrong, name, 'customer.name', 'isLength', 'name must have 1 to 100 characters')
  if (!isText(address, 3, 254) || !email.test(address)) {
    refuse(wrong, address, 'customer.email', 'isEmail', 'email must be an email')
  }
  return { name, email: address, address: addressOf(value.address, wrong) } as Customer
}

function addressOf(value: unknown, wrong: WrongField[]): Address | undefined {
  if (!isObject(value)) return void refuse(wrong, value, 'customer.address', 'type', 'address must be an object')
  const { street, city, zip, country } = value
  if (!isText(street, 1, 100)) {
    refuse(wrong, street, 'customer.address.street', 'isLength', 'street must have 1 to 100 characters')
  }
  if (!isText(city, 1, 60)) {
    refuse(wrong, city, 'customer.address.city', 'isLength', 'city must have 1 to 60 characters')
  }
  if (typeof zip !== 'string' || !zipPattern.test(zip)) {
    refuse(wrong, zip, 'customer.address.zip', 'matches', 'zip must have five digits')
  }
  if (!isText(country, 2, 2)) {
    refuse(wrong, country, 'customer.address.country', 'isLength', 'country must have 2 characters')
  }
  return { street, city, zip, country } as Address
}

function itemsOf(value: unknown, wrong: WrongField[]): Item[] | undefined {
  if (!Array.isArray(value)) return void refuse(wrong, value, 'items', 'isArray', 'items must be an array')
  if (value.length < 1) return void refuse(wrong, value, 'items', 'arrayMinSize', 'items must have an element')
  if (value.length > 100)
    return void refuse(wrong, value, 'items', 'arrayMaxSize', 'items must have at most 100 elements')
  return value.map((item, index) => itemOf(item, index, wrong)) as Item[]
}

function itemOf(value: unknown, index: number, wrong: WrongField[]): Item | undefined {
  if (!isObject(value)) return void refuse(wrong, value, `items[${index}]`, 'type', 'an item must be an object')
  const { sku, quantity, price } = value
  if (!isText(sku, 1, 40)) refuse(wrong, sku, `items[${index}].sku`, 'isLength', 'sku must have 1 to 40 characters')
  if (!Number.isInteger(quantity)) {
    refuse(wrong, quantity, `items[${index}].quantity`, 'isInt', 'quantity must be an integer number')
  } else if ((quantity as number) < 1) {
    refuse(wrong, quantity, `items[${index}].quantity`, 'min', 'quantity must not be less than 1')
  } else if ((quantity as number) > 1000) {
    refuse(wrong, quantity, `items[${index}].quantity`, 'max', 'quantity must not be greater than 1000')
  }
  if (typeof price !== 'number') refuse(wrong, price, `items[${index}].price`, 'isNumber', 'price must be a number')
  else if (price < 0) refuse(wrong, price, `items[${index}].price`, 'min', 'price must not be less than 0')
  return { sku, quantity, price } as Item
}

/** Absence is told as such, whatever the rule. */
function refuse(wrong: WrongField[], value: unknown, field: string, code: string, message: string): WrongField[] {
  if (value === undefined) wrong.push({ in: 'body', field, code: 'required', message: `${field} is required` })
  else wrong.push({ in: 'body', field, code, message })
  return wrong
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, min: number, max: number): value is string {
  return typeof value === 'string' && value.length >= min && value.length <= max
}

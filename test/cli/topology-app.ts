import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'

/** What applications write, without decorators to compile. */
const helpers = `import {
  Body, Delete, Field, Get, NotFoundError, Path, Post, Put, Query, Returns, Route, Service, Throws,
} from '@lokstra/core'
import { IsInt } from 'class-validator'
export const on = (type, name, types, ...decorators) => {
  Reflect.defineMetadata('design:paramtypes', types, type.prototype, name)
  Reflect.defineMetadata('design:returntype', Promise, type.prototype, name)
  for (const decorator of decorators) decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name))
}
export const fields = (type, source, entries) => {
  for (const [name, of] of Object.entries(entries)) {
    Reflect.defineMetadata('design:type', of, type.prototype, name)
    source()(type.prototype, name)
    if (of === Number && source !== Field) IsInt()(type.prototype, name)
  }
}
export const takes = (type, ...types) => Reflect.defineMetadata('design:paramtypes', types, type)
export { Body, Delete, Field, Get, NotFoundError, Path, Post, Put, Query, Returns, Route, Service, Throws }
`

export const users = `import { fields, Field, Get, on, Path, Returns, Route, Service } from './helpers.js'
export class User {}
fields(User, Field, { id: Number, name: String })
export class UserId {}
fields(UserId, Path, { id: Number })
export class UserService {
  async find({ id }) { return Object.assign(new User(), { id, name: 'Ada' }) }
}
on(UserService, 'find', [UserId], Get('/:id'), Returns(User))
Service()(UserService)
Route('/users')(UserService)
`

export const orders = `import { Field, fields, Get, on, Path, Returns, Route, Service, takes } from './helpers.js'
import { User, UserId, UserService } from './users.js'
export class OrderService {
  constructor(users) { this.users = users }
  async customer(input) { return this.users.find(input) }
}
takes(OrderService, UserService)
on(OrderService, 'customer', [UserId], Get('/:id/customer'), Returns(User))
Service()(OrderService)
Route('/orders')(OrderService)
export class Shop {
  constructor(orders) { this.orders = orders }
  async customer(input) { return this.orders.customer(input) }
  async crash() { setTimeout(() => process.exit(7), 10); return 'bye' }
  async pid() { return process.pid }
}
takes(Shop, OrderService)
on(Shop, 'customer', [UserId], Get('/:id'))
on(Shop, 'crash', [], Get('/crash'))
on(Shop, 'pid', [], Get('/pid'))
Route('/shop')(Shop)
`

/** Three servers, one calling the next. */
export function configuration(ports: {
  readonly users: string
  readonly orders: string
  readonly web: string
}): string {
  return `name: shop
discover: ['dist/**/*.js']
shutdown: { timeout: 1s, idle: 0s }
deployments:
  micro:
    servers:
      web: { apps: [{ name: web, listen: '${ports.web}', controllers: [Shop, health] }] }
      orders: { url: 'http://127.0.0.1:${ports.orders.split(':').at(-1)}', apps: [{ name: orders, listen: '${ports.orders}', publish: [OrderService], controllers: [health] }] }
      users: { url: 'http://127.0.0.1:${ports.users.split(':').at(-1)}', apps: [{ name: users, listen: '${ports.users}', publish: [UserService], controllers: [health] }] }
`
}

export const anyPorts = { users: '127.0.0.1:3001', orders: '127.0.0.1:3002', web: '127.0.0.1:3000' }

export function createTopologyApp(
  files: Readonly<Record<string, string>> = {},
  yaml = configuration(anyPorts),
): Promise<AppFolder> {
  const sources = { 'dist/helpers.js': helpers, 'dist/users.js': users, 'dist/orders.js': orders }
  return createAppFolder({ ...sources, 'lokstra.yaml': yaml, ...files }, [
    '@lokstra/core',
    '@lokstra/services',
    'class-validator',
  ])
}

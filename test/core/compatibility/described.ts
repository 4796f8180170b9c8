import { describeContracts, Get, Post, Returns, Route, Throws, type Class, type Contracts } from '@lokstra/core'

import { operationsOf } from '../contract/contracts.js'

/** A decorator that is applied by hand, whatever it is made for. */
export type Decorator = (...args: never[]) => void

/** One operation as its class would declare it. */
export interface Design {
  readonly input?: Class
  readonly decorate?: (path: string) => Decorator
  readonly path?: string
  /** As for `@Returns`. */
  readonly returns?: readonly [type: unknown, status?: number]
  readonly throws?: readonly Class[]
}

/** A class `OrderService` with one method `place`, and whatever else. */
export function orderService(design: Design, ...others: string[]): Class {
  class OrderService {
    place(): void {}
  }
  const { prototype } = OrderService
  const { input, decorate = Post, path = '', returns, throws = [] } = design
  Reflect.defineMetadata('design:paramtypes', input ? [input] : [], prototype, 'place')
  const apply = (decorator: Decorator, name: string) =>
    decorator(...([prototype, name, Object.getOwnPropertyDescriptor(prototype, name)] as never[]))
  apply(decorate(path), 'place')
  if (returns) apply((Returns as (...args: readonly unknown[]) => Decorator)(...returns), 'place')
  if (throws.length > 0) apply((Throws as (...args: readonly unknown[]) => Decorator)(...throws), 'place')
  for (const name of others) {
    Object.defineProperty(prototype, name, { value: () => undefined, configurable: true, writable: true })
    Reflect.defineMetadata('design:paramtypes', [], prototype, name)
    apply(Get(`/${name}`), name)
  }
  Route('/orders')(OrderService)
  return OrderService
}

/** What the class promises. */
export async function contractsOf(service: Class): Promise<Contracts> {
  return describeContracts(new Map([[service.name, await operationsOf(service)]]))
}

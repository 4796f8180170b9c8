import './reflect-metadata.js'

/** A class that can be constructed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any is the only parameter list every constructor is assignable to
export type Class<T = unknown> = new (...args: any[]) => T
/** A class, abstract ones included. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export type AbstractClass<T = unknown> = abstract new (...args: any[]) => T

/** What decorators record on a class under one key. The type parameter is the shape of the record. */
export interface MetadataKey<T> {
  readonly symbol: symbol
  /** Never present; carries the type. */
  readonly shape?: T
}

export function metadataKey<T>(name: string): MetadataKey<T> {
  return { symbol: Symbol.for(`lokstra.metadata.${name}`) }
}

/** The record a class itself carries, created by `initial` when there is none. Inherited records are not touched. */
export function ownRecord<T>(target: object, key: MetadataKey<T>, initial: () => T): T {
  let record = Reflect.getOwnMetadata(key.symbol, target) as T | undefined
  if (record === undefined) {
    record = initial()
    Reflect.defineMetadata(key.symbol, record, target)
  }
  return record
}

export function readOwn<T>(target: object, key: MetadataKey<T>): T | undefined {
  return Reflect.getOwnMetadata(key.symbol, target) as T | undefined
}

/** The records along the class's ancestry, the most basic class first. */
export function readChain<T>(target: object, key: MetadataKey<T>): { readonly owner: object; readonly record: T }[] {
  const found: { owner: object; record: T }[] = []
  for (let type: object | null = target; type && type !== Function.prototype; type = Reflect.getPrototypeOf(type)) {
    const record = readOwn(type, key)
    if (record !== undefined) found.unshift({ owner: type, record })
  }
  return found
}

/** Emitted by the compiler: constructor parameter types, or undefined when the tool that compiled the class dropped them. */
export function constructorTypes(type: object): readonly unknown[] | undefined {
  return Reflect.getOwnMetadata('design:paramtypes', type) as readonly unknown[] | undefined
}

export function methodTypes(prototype: object, method: string): readonly unknown[] | undefined {
  return Reflect.getMetadata('design:paramtypes', prototype, method) as readonly unknown[] | undefined
}

/** Emitted for a method that is async or whose return type is written down. */
export function returnType(prototype: object, method: string): unknown {
  return Reflect.getMetadata('design:returntype', prototype, method) as unknown
}

export function propertyType(prototype: object, property: string): unknown {
  return Reflect.getMetadata('design:type', prototype, property)
}

/**
 * Public members only: `keyof` leaves out private and protected names, so that decorating one is an error of the compiler,
 * on the line, with this sentence as the expected type.
 */
export type PublicKey<T, K> = K extends keyof T
  ? K
  : 'Lokstra decorators go on public members: remove private or protected'

/** What the compiler emits for types that are no class of the user's: nothing can be injected or bound by them. */
export const languageTypes: ReadonlySet<unknown> = new Set<unknown>([
  Object,
  String,
  Number,
  Boolean,
  Array,
  Function,
  Symbol,
  BigInt,
  Promise,
  Date,
  Map,
  Set,
])

import type { DirectionOptions } from 'class-transformer/cjs/storage.js'
import transformer = require('class-transformer/cjs/storage.js')

import type { Class } from '../decorators/metadata.js'
import type { Transform } from './object-plan.js'

const storage = transformer.defaultMetadataStorage

/** Whether a class is filled from what clients send, or written as what they receive. */
export type Direction = 'input' | 'output'

/** class-transformer's PLAIN_TO_CLASS and CLASS_TO_PLAIN, by number: its enum is exported by the index only, which loads all of the package. */
export const transformationTypes = { input: 0, output: 1 } satisfies Record<Direction, number>

/** What `@Type` of class-transformer says of a property. */
export interface TransformerType {
  /** Gives the class; one with parameters chooses by the value at hand, which nothing can know beforehand. */
  readonly typeFunction: (options?: unknown) => unknown
  readonly discriminator:
    | { readonly property: string; readonly subTypes: readonly { readonly name: string; readonly value: unknown }[] }
    | undefined
}

export function readTransformerType(type: Class, property: string): TransformerType | undefined {
  const metadata = storage.findTypeMetadata(type, property)
  return metadata && { typeFunction: metadata.typeFunction, discriminator: metadata.options.discriminator }
}

/** The functions of `@Transform`, in the order in which class-transformer calls them. Nobody names a group, so those of groups never run. */
export function readTransforms(type: Class, property: string, direction: Direction): readonly Transform[] {
  return storage
    .findTransformMetadatas(type, property, transformationTypes[direction])
    .filter(({ options }) => !options?.groups?.length)
    .map(({ transformFn }) => transformFn)
}

/** The name that `@Expose({ name })` gives. class-transformer uses it in both directions, whatever else the options say. */
export function readExposedName(type: Class, property: string): string | undefined {
  return storage.findExposeMetadata(type, property)?.options?.name
}

/** What carries `@Expose` for this direction: properties, getters, and methods. */
export function readExposed(type: Class, direction: Direction): readonly string[] {
  return [...new Set(storage.getExposedProperties(type, transformationTypes[direction]))]
}

/**
 * Whether a property takes no part: `@Exclude` on it here or in an ancestor, `@Expose` for groups only, or `@Exclude` on this very
 * class without `@Expose` on the property. The rules are class-transformer's, which does not let `@Exclude` of a class be inherited.
 */
export function isLeftOut(type: Class, property: string, direction: Direction): boolean {
  const transformationType = transformationTypes[direction]
  if (storage.getExcludedProperties(type, transformationType).includes(property)) return true
  if (storage.findExposeMetadata(type, property)?.options?.groups?.length) return true
  return storage.getStrategy(type) === 'excludeAll' && !readExposed(type, direction).includes(property)
}

/** Properties with `@Type` or `@Transform`, those of the most basic class first. */
export function readTransformed(type: Class): readonly string[] {
  const chain = [type, ...storage.getAncestors(type)].reverse()
  return chain.flatMap((one) => [
    ...(storage._typeMetadatas.get(one)?.keys() ?? []),
    ...(storage._transformMetadatas.get(one)?.keys() ?? []),
  ])
}

/** Whether a decorator of a class or of an ancestor has a say in what the class is written as. */
export function saysHowToWrite(type: Class): boolean {
  const { _typeMetadatas, _transformMetadatas, _exposeMetadatas, _excludeMetadatas } = storage
  // Not the storage's own search for ancestors: it throws at some that are no classes, and any object of a library is asked about here.
  for (let one: unknown = type; typeof one === 'function'; one = Reflect.getPrototypeOf(one)) {
    if (_typeMetadatas.has(one)) return true
    for (const metadatas of [_transformMetadatas, _exposeMetadatas, _excludeMetadatas]) {
      if ([...(metadatas.get(one)?.values() ?? [])].flat().some(isForOutput)) return true
    }
  }
  return false
}

/** class-transformer takes both options together for none. */
function isForOutput({ options }: { readonly options?: DirectionOptions }): boolean {
  return options?.toClassOnly !== true || options.toPlainOnly === true
}

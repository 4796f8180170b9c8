import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js'

import type { Class } from '../decorators/metadata.js'

/** What `@Type` of class-transformer says of a property. */
export interface TransformerType {
  /** Gives the class; one with parameters chooses by the value at hand, which nothing can know beforehand. */
  readonly typeFunction: (options?: unknown) => unknown
  readonly discriminator:
    | { readonly property: string; readonly subTypes: readonly { readonly name: string; readonly value: unknown }[] }
    | undefined
}

export function readTransformerType(type: Class, property: string): TransformerType | undefined {
  const metadata = defaultMetadataStorage.findTypeMetadata(type, property)
  return metadata && { typeFunction: metadata.typeFunction, discriminator: metadata.options.discriminator }
}

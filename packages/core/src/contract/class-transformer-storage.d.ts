/** The package types its public functions only, and none of them tells what `@Type` recorded. */
declare module 'class-transformer/cjs/storage.js' {
  export interface TypeMetadata {
    readonly typeFunction: (options?: unknown) => unknown
    readonly options: {
      readonly discriminator?: {
        readonly property: string
        readonly subTypes: readonly { readonly name: string; readonly value: unknown }[]
      }
    }
  }
  export const defaultMetadataStorage: {
    findTypeMetadata(target: unknown, property: string): TypeMetadata | undefined
  }
}

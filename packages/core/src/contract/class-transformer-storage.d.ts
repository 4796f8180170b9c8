/** The package types its public functions only, and none of them tells what its decorators recorded. */
declare module 'class-transformer/cjs/storage.js' {
  export interface TypeMetadata {
    readonly propertyName: string
    readonly typeFunction: (options?: unknown) => unknown
    readonly options: {
      readonly discriminator?: {
        readonly property: string
        readonly subTypes: readonly { readonly name: string; readonly value: unknown }[]
      }
    }
  }
  interface TransformMetadata {
    readonly propertyName: string
    readonly transformFn: (parameters: {
      value: unknown
      key: string
      obj: unknown
      type: number
      options: object
    }) => unknown
    readonly options?: DirectionOptions & { readonly groups?: readonly string[] }
  }
  interface ExposeMetadata {
    readonly options?: DirectionOptions & { readonly name?: string; readonly groups?: readonly string[] }
  }
  interface ExcludeMetadata {
    readonly options?: DirectionOptions
  }
  interface DirectionOptions {
    readonly toClassOnly?: boolean
    readonly toPlainOnly?: boolean
  }
  /** By class, then by property. */
  type Metadatas<M> = ReadonlyMap<unknown, ReadonlyMap<string, M | readonly M[]>>

  export const defaultMetadataStorage: {
    readonly _typeMetadatas: Metadatas<TypeMetadata>
    readonly _transformMetadatas: Metadatas<TransformMetadata>
    readonly _exposeMetadatas: Metadatas<ExposeMetadata>
    readonly _excludeMetadatas: Metadatas<ExcludeMetadata>
    findTypeMetadata(target: unknown, property: string): TypeMetadata | undefined
    findTransformMetadatas(target: unknown, property: string, transformationType: number): TransformMetadata[]
    findExposeMetadata(target: unknown, property: string): ExposeMetadata | undefined
    getExposedProperties(target: unknown, transformationType: number): string[]
    getExcludedProperties(target: unknown, transformationType: number): string[]
    getStrategy(target: unknown): 'none' | 'excludeAll' | 'exposeAll'
    getAncestors(target: unknown): unknown[]
  }
}

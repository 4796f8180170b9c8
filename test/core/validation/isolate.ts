import * as cv from 'class-validator'

/**
 * Gives class-validator an empty storage and an empty container, which search neither the classes nor the validators of other
 * tests. The returned function puts the storage back.
 */
export function isolate(): () => void {
  const scope = globalThis as unknown as { classValidatorMetadataStorage: cv.MetadataStorage }
  const storage = cv.getMetadataStorage()
  scope.classValidatorMetadataStorage = new cv.MetadataStorage()
  const instances = new Map<unknown, unknown>()
  const container = {
    get<T>(type: new () => T): T {
      const instance = (instances.get(type) ?? new type()) as T
      instances.set(type, instance)
      return instance
    },
  }
  cv.useContainer(container)
  return () => {
    cv.useContainer(undefined as unknown as Parameters<typeof cv.useContainer>[0])
    scope.classValidatorMetadataStorage = storage
  }
}

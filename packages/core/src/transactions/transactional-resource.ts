/** How strictly a transaction is kept apart from others that run at the same time. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** How the parts of one transaction are to be begun. */
export interface TransactionSettings {
  /** Undefined for the default of the resource. */
  readonly isolation: Isolation | undefined
  readonly readOnly: boolean
  /** Aborted when nobody waits for the work any more; undefined where no request started it. */
  readonly signal: AbortSignal | undefined
}

/** What one resource does in one transaction. It is to begin with its first work, not before. */
export interface TransactionPart<U = unknown> {
  /** What the work of the resource goes through. */
  readonly use: U
  /** It has begun, and not ended. */
  readonly isOpen: boolean
  /** What still runs in it and would be cut in two by a commit; undefined when there is nothing. */
  readonly unfinished: string | undefined
  /** Whether an error says that it failed because of others that ran at the same time: run again, it may succeed. */
  isConflict(error: unknown): boolean
  /** Nothing where it has not begun. Work that is under way comes before. */
  commit(): Promise<void>
  /** Never rejects: what cannot be rolled back is given up, with its connection. */
  rollback(): Promise<void>
}

/**
 * Marks, on the prototype of a class, that its objects take part in `@Transactional` methods:
 * `get [transactionalResource](): true { return true }`. They do so by {@link joinTransaction}.
 */
export const transactionalResource: unique symbol = Symbol.for('lokstra.transactionalResource')

/** Whether an object, or the prototype of a class, has the mark. */
export function isTransactional(value: object | undefined): boolean {
  return value !== undefined && transactionalResource in value
}

const names = new WeakMap<object, Set<string>>()

/** Makes a resource known by the name of its service, which `database` of `@Transactional` gives. */
export function nameResource(resource: object, name: string): void {
  const known = names.get(resource)
  if (known) known.add(name)
  else names.set(resource, new Set([name]))
}

export function hasName(resource: object, name: string): boolean {
  return names.get(resource)?.has(name) ?? false
}

/** Its name, or that of its class where no server has given it one. */
export function describeResource(resource: object): string {
  const [name = resource.constructor.name] = names.get(resource) ?? []
  return name
}

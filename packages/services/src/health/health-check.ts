/** What `@HealthCheck` says of a check. */
export interface HealthCheckOptions {
  /**
   * Key in the report. Default: the service's name; with several checks in one service, `service.method`. Where several have it,
   * `service.name`, and `service.method` where that is not enough.
   */
  readonly name?: string
  /** Milliseconds after which the check counts as failed. Default 2,000. */
  readonly timeoutMs?: number
  /** Whether a failure makes the server not ready, or only degraded. Default true. */
  readonly critical?: boolean
  /** Milliseconds for which a result is used again. Default 1,000. */
  readonly cacheMs?: number
}

/** A check as a class declares it. */
export interface DeclaredCheck extends Required<Omit<HealthCheckOptions, 'name'>> {
  readonly name: string | undefined
  readonly method: string
}

/** Registered, so that a service built on another installed copy of this package is found too. */
const kChecks = Symbol.for('lokstra.healthChecks')

interface WithChecks {
  [kChecks]?: DeclaredCheck[]
}

/** Makes a method of a service a health check: it fails by throwing. What it returns does not matter. */
export function HealthCheck(options: HealthCheckOptions = {}) {
  return <R>(target: object, method: string, _descriptor: TypedPropertyDescriptor<() => R>): void => {
    const { name, timeoutMs = 2_000, critical = true, cacheMs = 1_000 } = options
    const holder = target as WithChecks
    if (!Object.hasOwn(target, kChecks)) Object.defineProperty(target, kChecks, { value: [] })
    holder[kChecks]!.push({ name, method, timeoutMs, critical, cacheMs })
  }
}

/** The checks of an instance's class and its ancestors; a method decorated again in a subclass counts once. */
export function readHealthChecks(instance: object): readonly DeclaredCheck[] {
  const byMethod = new Map<string, DeclaredCheck>()
  for (let type: object | null = instance; type; type = Reflect.getPrototypeOf(type)) {
    if (!Object.hasOwn(type, kChecks)) continue
    for (const check of (type as WithChecks)[kChecks]!)
      if (!byMethod.has(check.method)) byMethod.set(check.method, check)
  }
  return [...byMethod.values()]
}

interface Disposable {
  dispose(): Promise<void>
}

interface Entry {
  readonly item: Disposable
  readonly inTest: boolean
}

const created = new Set<Entry>()
let inTest = false

/** Remembers what {@link disposeTestServers} has to dispose. */
export function track(item: Disposable): void {
  created.add({ item, inTest })
}

/**
 * Disposes every test server that is left. With mocha, jest or vitest (globals on) importing `@lokstra/core/testing` is enough:
 * servers created in a test are disposed after it, servers created outside (in `before`) after the last test, or the last of the mode
 * that `eachMode` describes. With other runners call it yourself.
 */
export function disposeTestServers(options: { readonly onlyOfTest?: boolean } = {}): Promise<void> {
  return dispose([...created].filter((one) => one.inTest || !options.onlyOfTest))
}

/** For the `describe` that is being defined: what is created in its `before` is disposed after the last of its tests. */
export function disposeAfterSuite(define: () => void): void {
  let earlier: ReadonlySet<Entry> = new Set()
  const before = hooks.before ?? hooks.beforeAll
  before?.(() => void (earlier = new Set(created)))
  define()
  afterAll?.(() => dispose([...created].filter((entry) => !earlier.has(entry))))
}

async function dispose(entries: readonly Entry[]): Promise<void> {
  const failures: unknown[] = []
  for (const entry of entries) {
    created.delete(entry)
    await entry.item.dispose().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

type Callback = (error?: unknown) => void

/** What Mocha tells a hook of the test around which it runs. */
interface MochaTest {
  fn?: (this: unknown, done: Callback) => unknown
  /** The body takes a callback. */
  readonly async?: boolean
  readonly state?: 'passed' | 'failed' | 'pending'
}

/** After a failed hook Mocha skips all further tests, so what disposal finds has to come out of the test itself. */
function disposeAtEndOf(test: MochaTest): void {
  const body = test.fn
  if (!body) return
  test.fn = test.async
    ? function (done) {
        body.call(this, (error) => void disposeAfter(error).then(done))
      }
    : async function (done) {
        const error = await Promise.resolve()
          .then(() => body.call(this, done))
          .then(
            () => undefined,
            (thrown: unknown) => thrown ?? new Error('The test failed without an error'),
          )
        const failure = await disposeAfter(error)
        if (failure !== undefined) throw failure as Error
      }
}

/** @returns why the test failed: its own error, else what disposal found. The latter often explains the former, so it is kept as the cause. */
async function disposeAfter(error: unknown): Promise<unknown> {
  try {
    await disposeTestServers({ onlyOfTest: true })
    return error
  } catch (found) {
    if (error === undefined || error === null) return found
    if (error instanceof Error) error.cause ??= found
    return error
  }
}

type Hook = (fn: (this: { readonly currentTest?: MochaTest } | undefined) => Promise<void> | void) => void

type HookName = 'before' | 'beforeAll' | 'beforeEach' | 'after' | 'afterAll' | 'afterEach'

const hooks = globalThis as Partial<Record<HookName, Hook>>
const afterAll = hooks.after ?? hooks.afterAll
hooks.beforeEach?.(function () {
  inTest = true
  if (this?.currentTest) disposeAtEndOf(this.currentTest)
})
hooks.afterEach?.(async function () {
  inTest = false
  const disposed = disposeTestServers({ onlyOfTest: true })
  // A test that ran out of time has failed already.
  await (this?.currentTest?.state === 'failed' ? disposed.catch(() => undefined) : disposed)
})
afterAll?.(() => disposeTestServers())

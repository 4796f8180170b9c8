interface Disposable {
  dispose(): Promise<void>
}

type Hook = (fn: () => Promise<void> | void) => void

const created: { readonly item: Disposable; readonly inTest: boolean }[] = []
let inTest = false

/** Remembers what {@link disposeTestServers} has to dispose. */
export function track(item: Disposable): void {
  created.push({ item, inTest })
}

/**
 * Disposes every test server that is left. With mocha, jest or vitest (globals on) importing `@lokstra/core/testing` is enough:
 * servers created in a test are disposed after it, servers created outside (in `before`) after the last test. With other runners
 * call it yourself.
 */
export async function disposeTestServers(options: { readonly onlyOfTest?: boolean } = {}): Promise<void> {
  const failures: unknown[] = []
  for (const entry of created.filter((one) => one.inTest || !options.onlyOfTest)) {
    created.splice(created.indexOf(entry), 1)
    await entry.item.dispose().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

const hooks = globalThis as { beforeEach?: Hook; afterEach?: Hook; after?: Hook; afterAll?: Hook }
hooks.beforeEach?.(() => {
  inTest = true
})
hooks.afterEach?.(async () => {
  inTest = false
  await disposeTestServers({ onlyOfTest: true })
})
;(hooks.after ?? hooks.afterAll)?.(() => disposeTestServers())

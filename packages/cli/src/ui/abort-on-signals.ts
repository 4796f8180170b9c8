const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A signal that SIGINT, SIGTERM and SIGHUP abort while it is in use, instead of ending the process where it stands. */
export function abortOnSignals(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const abort = (name: NodeJS.Signals) => controller.abort(new Error(`Cut off by ${name}`))
  for (const name of signals) process.on(name, abort)
  const dispose = () => {
    for (const name of signals) process.off(name, abort)
  }
  return { signal: controller.signal, [Symbol.dispose]: dispose }
}

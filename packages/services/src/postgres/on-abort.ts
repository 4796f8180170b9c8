interface Callbacks {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const bySignal = new WeakMap<AbortSignal, Callbacks>()

/**
 * Calls back when a signal is aborted. All that wait for one signal share one listener, which goes with the last of them: many statements
 * of one request are no leak, and Node warns of more than ten listeners.
 * @returns takes the callback back
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const shared = bySignal.get(signal) ?? listenTo(signal)
  shared.callbacks.add(callback)
  return () => {
    shared.callbacks.delete(callback)
    if (shared.callbacks.size > 0 || bySignal.get(signal) !== shared) return
    bySignal.delete(signal)
    signal.removeEventListener('abort', shared.listener)
  }
}

function listenTo(signal: AbortSignal): Callbacks {
  const callbacks = new Set<() => void>()
  const listener = () => {
    for (const callback of callbacks) callback()
  }
  const shared = { callbacks, listener }
  bySignal.set(signal, shared)
  signal.addEventListener('abort', listener, { once: true })
  return shared
}

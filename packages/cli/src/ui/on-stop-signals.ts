const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm forwards the Ctrl-C that its terminal has sent to every process already: what comes this soon is the same request, in milliseconds. */
const sameRequestMs = 500

/** Stops at the first SIGINT, SIGTERM or SIGHUP from now on, and kills at each that comes later than half a second after it. */
export function onStopSignals(stop: () => void, kill: () => void): void {
  let stoppingSince: number | undefined
  const onSignal = () => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now()
      stop()
    } else if (performance.now() - stoppingSince > sameRequestMs) kill()
  }
  for (const signal of signals) process.on(signal, onSignal)
}

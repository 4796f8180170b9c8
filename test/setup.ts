// The container and the validator read metadata that the framework's entry defines: it goes before any decorated class.
import '@lokstra/core'

process.setSourceMapsEnabled(true)

// What the processes that tests start have in common with these is counted here already, and counting takes them a third longer.
if (!process.env.COUNT_CHILDREN) process.env.NODE_V8_COVERAGE = ''

// Thrown here it is an uncaught exception, which Mocha counts against the test that runs; by itself it lets rejections pass.
process.on('unhandledRejection', (reason) => {
  throw reason
})

/** Time for sockets, pools and timers to close by themselves after the last test. */
const leakGraceMs = 10_000

/** Fails a run whose event loop does not drain: what a test leaves open, a server in production leaves open as well. */
export const mochaHooks: Mocha.RootHookObject = {
  afterAll() {
    // Unreferenced, so that it fires only if something else keeps the process alive.
    setTimeout(() => {
      const resources = process.getActiveResourcesInfo().join(', ')
      // Thrown, because Mocha sets the exit status to the number of failures whatever `process.exit` is given.
      throw new Error(
        `The process is still alive ${leakGraceMs / 1000} s after the last test, held open by: ${resources}`,
      )
    }, leakGraceMs).unref()
  },
}

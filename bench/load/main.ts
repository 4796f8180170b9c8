import { runLoad, type LoadOrder } from './run-load.js'

/** The load process: one order at a time, each answered by a report or by what went wrong. */
process.on('message', (order: LoadOrder) => {
  runLoad(order).then(
    (report) => process.send!({ report }),
    (error: unknown) => process.send!({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

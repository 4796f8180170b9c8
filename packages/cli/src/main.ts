import { createProgram } from './program.js'
import { endWithReader } from './reader.js'
import { run } from './run.js'

endWithReader()
await run(createProgram(), process.argv.slice(2))

import { createProgram } from './program.js'
import { endWithReader } from './reader.js'
import { run } from './run.js'

endWithReader()
// Code of the project that a command has imported may hold the process open. What serves returns when it has ended.
void run(createProgram(), process.argv.slice(2)).then(endWhenWritten)

function endWhenWritten(): void {
  const { stdout, stderr } = process
  // What cannot be written ends the process as well, in another way.
  stdout.write('', (unwritten) => unwritten ?? stderr.write('', (untold) => untold ?? process.exit()))
}

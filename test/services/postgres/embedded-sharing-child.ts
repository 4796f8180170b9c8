// A program that opens the embedded database of the folder given, in as many services as are given, together with others of its parent.
// It says on which port that is.
import { useLifeline } from '@lokstra/core'
import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'

import { recordLog } from '../recorded-log.js'

useLifeline(3)
const config = Object.assign(new PostgresConfig(), { dataDir: process.argv[2], durable: false })
const [db, ...others] = Array.from(
  { length: Number(process.argv[3] ?? 1) },
  () => new PostgresDatabase(config, recordLog().log),
)
try {
  await db!.start()
  for (const other of others) await other.start()
  const { port } = await db!.one<{ port: number }>('select inet_server_port() as port')
  console.log(port)
  process.on('SIGTERM', () => {
    void db!.stop().then(() => process.exit(0))
  })
  setInterval(() => undefined, 60_000)
} catch (error) {
  console.log((error as Error).message)
  process.exitCode = 1
}

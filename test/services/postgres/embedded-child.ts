// A program that opens the embedded database of the folder given, writes a row, says so, and goes on until it is ended.
import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'

import { recordLog } from '../recorded-log.js'

const config = Object.assign(new PostgresConfig(), { dataDir: process.argv[2], durable: false })
const db = new PostgresDatabase(config, recordLog().log)
try {
  await db.start()
  await db.query('drop table if exists kept; create table kept (id int); insert into kept values (1)')
  console.log('ready')
  process.on('SIGTERM', () => {
    void db.stop().then(() => process.exit(0))
  })
  setInterval(() => undefined, 60_000)
} catch (error) {
  console.log((error as Error).message)
  process.exitCode = 1
}

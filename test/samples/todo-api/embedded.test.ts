import { temporaryData } from './todo-api.js'
import { todoSuite } from './todo-suite.js'

todoSuite('an embedded Postgres', async () => {
  const { dataDir, remove } = temporaryData()
  return { config: { url: 'embedded', dataDir, durable: false }, stop: remove }
})

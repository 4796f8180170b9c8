import { createTestServer, type TestServer } from '@lokstra/core/testing'

/**
 * The server of lokstra.yaml, in memory, with a database of its own: an embedded one, or the one that TEST_DATABASE_URL names.
 * It stops by itself after the test, or after the last one when it is started in `before`.
 */
export function startServer(): Promise<TestServer> {
  const url = process.env.TEST_DATABASE_URL ?? 'embedded'
  const db = { url, dataDir: '.lokstra/test-postgres', durable: false }
  return createTestServer({ file: 'lokstra.yaml', config: { services: { db } } })
}

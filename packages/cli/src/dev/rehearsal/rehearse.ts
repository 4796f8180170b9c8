import { fileURLToPath } from 'node:url'
import { createServer } from '@lokstra/core'

import { SilentLogger } from './silent-logger.js'

const file = fileURLToPath(new URL('../../../rehearsal/lokstra.yaml', import.meta.url))

/**
 * Starts and stops a small project that opens no address. What starting needs is loaded and compiled then, before the project is there
 * that waits for it: about half of the time that a project of a few controllers takes to start.
 */
export async function rehearse(): Promise<void> {
  const server = createServer({ file, environment: 'development', env: {}, services: [SilentLogger] })
  await server.start({ listen: false })
  await server.stop()
}

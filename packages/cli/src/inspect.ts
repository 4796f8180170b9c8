import type { Server } from '@lokstra/core'

import { serverOptions, type ConfigurationOptions } from './options.js'

/** Looks into the server that a configuration describes. It is not started; what reading the configuration opened is closed. */
export async function inspect<T>(options: ConfigurationOptions, look: (server: Server) => Promise<T>): Promise<T> {
  const { createServer } = await import('@lokstra/core')
  const server = createServer(serverOptions(options))
  try {
    return await look(server)
  } finally {
    await server.stop()
  }
}

import type { Server } from '@lokstra/core'

import { serverOptions, type ConfigurationOptions } from './options.js'
import { printAside } from './ui/print-aside.js'

/** Looks into the server that a configuration describes. It is not started; what reading the configuration opened is closed. */
export async function inspect<T>(options: ConfigurationOptions, look: (server: Server) => Promise<T>): Promise<T> {
  const { createServer } = await import('@lokstra/core')
  return printAside(async () => {
    const server = createServer(serverOptions(options))
    try {
      return await look(server)
    } finally {
      await server.stop()
    }
  })
}

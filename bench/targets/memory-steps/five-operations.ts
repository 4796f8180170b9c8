import { createServer } from '@lokstra/core'

import { AppController } from '../lokstra/app-controller.js'

await createServer({ apps: [{ listen: '127.0.0.1:0', controllers: [AppController] }] }).start()
// Takes the load: what is started stays idle.
await import('../node-http/server.js')

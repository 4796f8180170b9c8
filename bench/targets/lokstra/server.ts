import { createServer } from '@lokstra/core'

import { bodyLimitBytes } from '../../sample/limits.js'
import { announce } from '../serve.js'
import { AppController } from './app-controller.js'
import { resourceControllers } from './resource-controllers.js'

const server = await createServer({
  apps: [
    {
      listen: '127.0.0.1:0',
      controllers: [AppController, ...resourceControllers],
      limits: { body: bodyLimitBytes },
    },
  ],
}).start()
announce(Number(new URL(server.listeners[0]!.url).port))

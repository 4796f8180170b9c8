import type { IncomingMessage } from 'node:http'

import { ForbiddenException, Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common'

import { guards } from '../../sample/guards.js'
import { AppController } from './app-controller.js'
import { resourceControllers } from './resource-controllers.js'

const guard = (name: string) => (req: IncomingMessage, _res: unknown, next: () => void) => {
  if (req.headers['x-stop'] === name) throw new ForbiddenException()
  next()
}

@Module({ controllers: [AppController, ...resourceControllers] })
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(...guards.map(guard)).forRoutes('/guarded')
  }
}

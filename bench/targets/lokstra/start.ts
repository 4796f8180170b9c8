import { createServer, Get, Post, Route, Service, type Class } from '@lokstra/core'

import { answerWith, plannedControllers, type PlannedController } from '../../sample/start-plan.js'
import { announce } from '../serve.js'
import { named } from './named.js'

/** A controller with a service of its own, and an input class for each of its operations. */
async function define({
  prefix,
  operations,
}: PlannedController): Promise<{ readonly service: Class; readonly controller: Class }> {
  // A program without operations has no DTOs, and loads none of what they need.
  const { defineBody, defineQuery } = await import('../../sample/start-classes.js')

  @Service(`service of ${prefix}`)
  class ThingService {
    answer(input: unknown) {
      return answerWith(input)
    }
  }

  @Route(prefix)
  class ThingController {
    constructor(readonly things: ThingService) {}
  }

  const prototype = ThingController.prototype as unknown as Record<string, (input: unknown) => unknown>
  for (const { verb, path } of operations) {
    const method = path.slice(1)
    prototype[method] = function (this: ThingController, input) {
      return this.things.answer(input)
    }
    Reflect.defineMetadata('design:paramtypes', [verb === 'GET' ? defineQuery() : defineBody()], prototype, method)
    const decorate = verb === 'GET' ? Get(path) : Post(path)
    decorate(prototype, method, Object.getOwnPropertyDescriptor(prototype, method)!)
  }
  return { service: ThingService, controller: named(ThingController, `controller of ${prefix}`) }
}

const defined = await Promise.all(plannedControllers().map(define))
const server = await createServer({
  services: defined.map(({ service }) => service),
  apps: [{ listen: '127.0.0.1:0', controllers: defined.map(({ controller }) => controller) }],
}).start()
announce(Number(new URL(server.listeners[0]!.url).port))

import { Body, Controller, Get, Injectable, Module, Post, Query, type Type } from '@nestjs/common'

import { success } from '../../sample/envelope.js'
import { answerWith, plannedControllers, type PlannedController } from '../../sample/start-plan.js'

/** A controller with a service of its own, and an input class for each of its operations. */
async function define({
  prefix,
  operations,
}: PlannedController): Promise<{ readonly service: Type; readonly controller: Type }> {
  // A program without operations has no DTOs, and loads none of what they need.
  const { defineBody, defineQuery } = await import('../../sample/start-classes.js')

  @Injectable()
  class ThingService {
    answer(input: unknown) {
      return success(answerWith(input))
    }
  }

  @Controller(prefix)
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
    const parameter = verb === 'GET' ? Query() : Body()
    parameter(prototype, method, 0)
    const decorate = verb === 'GET' ? Get(path) : Post(path)
    decorate(prototype, method, Object.getOwnPropertyDescriptor(prototype, method)!)
  }
  return { service: ThingService, controller: ThingController }
}

const defined = await Promise.all(plannedControllers().map(define))

@Module({ controllers: defined.map(({ controller }) => controller), providers: defined.map(({ service }) => service) })
export class StartModule {}

import { Get, Route } from '@lokstra/core'

import { Greet } from './greeting.dto.js'
import { GreetingService } from './greeting.service.js'

@Route('/greetings')
export class GreetingController {
  constructor(private readonly greetings: GreetingService) {}

  @Get('/:name')
  show({ name, language }: Greet) {
    return { text: this.greetings.greet(name, language) }
  }
}

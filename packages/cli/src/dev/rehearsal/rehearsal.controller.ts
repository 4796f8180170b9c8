import { Body, Get, Path, Post, Query, Returns, Route, Service } from '@lokstra/core'

class ShowInput {
  @Path() id!: number
  @Query() text?: string
}

class CreateInput {
  @Body() text!: string
}

class Answer {
  id!: number
  text!: string
}

@Service()
export class RehearsalService {
  answer(id: number, text: string): Answer {
    return Object.assign(new Answer(), { id, text })
  }
}

/** A little of everything that controllers have. */
@Route('/rehearsal')
export class RehearsalController {
  constructor(private readonly service: RehearsalService) {}

  @Get('/:id')
  @Returns(Answer)
  show({ id, text }: ShowInput): Answer {
    return this.service.answer(id, text ?? '')
  }

  @Post()
  @Returns(Answer, 201)
  create({ text }: CreateInput): Answer {
    return this.service.answer(0, text)
  }
}

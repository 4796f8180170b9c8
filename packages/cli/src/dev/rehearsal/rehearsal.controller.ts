import { Type } from 'class-transformer'
import { IsInt, IsOptional, IsString, Length } from 'class-validator'
import { Body, Get, Path, Post, Query, Returns, Route, Service } from '@lokstra/core'

class ShowInput {
  @Path() @IsInt() id!: number
  @Query() @IsOptional() @IsString() text?: string
}

class CreateInput {
  @Body() @IsString() @Length(1, 100) text!: string
  @Body() @IsOptional() @Type(() => Date) at?: Date
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

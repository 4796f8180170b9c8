import { Delete, Get, Path, Returns, Route } from '@lokstra/core'
import { IsOptional, IsString } from 'class-validator'

import { resources, type ResourceAnswer } from '../../sample/resources.js'
import { named } from './named.js'

class OneOf {
  @Path() id!: string
}

class PartOf extends OneOf {
  @Path() part!: string
}

class ResourceOutput implements ResourceAnswer {
  @IsString() resource!: string
  @IsString() operation!: string
  @IsOptional() @IsString() id?: string
  @IsOptional() @IsString() part?: string
}

/** One class for each resource. */
export const resourceControllers = resources.map((resource) => {
  @Route(`/${resource}`)
  class ResourceController {
    @Get()
    @Returns(ResourceOutput)
    list(): ResourceAnswer {
      return { resource, operation: 'list' }
    }

    @Get('/:id')
    @Returns(ResourceOutput)
    show({ id }: OneOf): ResourceAnswer {
      return { resource, operation: 'show', id }
    }

    @Delete('/:id')
    @Returns(ResourceOutput)
    remove({ id }: OneOf): ResourceAnswer {
      return { resource, operation: 'remove', id }
    }

    @Get('/:id/parts')
    @Returns(ResourceOutput)
    parts({ id }: OneOf): ResourceAnswer {
      return { resource, operation: 'parts', id }
    }

    @Get('/:id/parts/:part')
    @Returns(ResourceOutput)
    part({ id, part }: PartOf): ResourceAnswer {
      return { resource, operation: 'part', id, part }
    }
  }
  return named(ResourceController, resource)
})

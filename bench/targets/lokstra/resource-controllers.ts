import { Delete, Get, Path, Route } from '@lokstra/core'

import { resources, type ResourceAnswer } from '../../sample/resources.js'
import { named } from './named.js'

class OneOf {
  @Path() id!: string
}

class PartOf extends OneOf {
  @Path() part!: string
}

/** One class for each resource. */
export const resourceControllers = resources.map((resource) => {
  @Route(`/${resource}`)
  class ResourceController {
    @Get()
    list(): ResourceAnswer {
      return { resource, operation: 'list' }
    }

    @Get('/:id')
    show({ id }: OneOf): ResourceAnswer {
      return { resource, operation: 'show', id }
    }

    @Delete('/:id')
    remove({ id }: OneOf): ResourceAnswer {
      return { resource, operation: 'remove', id }
    }

    @Get('/:id/parts')
    parts({ id }: OneOf): ResourceAnswer {
      return { resource, operation: 'parts', id }
    }

    @Get('/:id/parts/:part')
    part({ id, part }: PartOf): ResourceAnswer {
      return { resource, operation: 'part', id, part }
    }
  }
  return named(ResourceController, resource)
})

import { Controller, Delete, Get, Param } from '@nestjs/common'

import { success } from '../../sample/envelope.js'
import { resources } from '../../sample/resources.js'

/** One class for each resource. */
export const resourceControllers = resources.map((resource) => {
  @Controller(resource)
  class ResourceController {
    @Get()
    list() {
      return success({ resource, operation: 'list' })
    }

    @Get('/:id')
    show(@Param('id') id: string) {
      return success({ resource, operation: 'show', id })
    }

    @Delete('/:id')
    remove(@Param('id') id: string) {
      return success({ resource, operation: 'remove', id })
    }

    @Get('/:id/parts')
    parts(@Param('id') id: string) {
      return success({ resource, operation: 'parts', id })
    }

    @Get('/:id/parts/:part')
    part(@Param('id') id: string, @Param('part') part: string) {
      return success({ resource, operation: 'part', id, part })
    }
  }
  return ResourceController
})

import { Get, Query, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { IsInt } from 'class-validator'
import { expect } from 'chai'

class Paging {
  @Query() @IsInt() page!: number
}

let made = 0

@Route('/', { lifetime: 'request' })
class Pages {
  constructor() {
    made++
  }
  @Get() show({ page }: Paging) {
    return page
  }
}

describe('a controller of the request', () => {
  it('is made for valid input only', async () => {
    const server = await createTestServer({ controllers: [Pages] })
    expect((await server.inject('GET', '/?page=one')).status).to.equal(400)
    expect(made).to.equal(0)
    expect((await server.inject('GET', '/?page=1')).json().data).to.equal(1)
    expect(made).to.equal(1)
  })
})

import { Readable } from 'node:stream'

import { Get, Route, Context } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

@Route()
class Late {
  @Get('/piped') piped(ctx: Context) {
    // The stream is not returned: the answer ends before its first chunk is there.
    Readable.from(['too', 'late']).pipe(ctx.res)
    return 'answered'
  }

  @Get('/written') written(ctx: Context) {
    setImmediate(() => ctx.res.write('too late'))
    return 'answered'
  }

  @Get('/ended') ended(ctx: Context) {
    process.nextTick(() => ctx.res.write('too late'))
    return 'answered'
  }
}

describe('code that writes to a response which has ended', () => {
  for (const path of ['/piped', '/written', '/ended']) {
    it(`harms neither the answer nor the server: ${path}`, async () => {
      const server = await createTestServer({ controllers: [Late], listen: true })
      for (let time = 0; time < 2; time++) {
        expect(await (await server.fetch(path)).json()).to.deep.equal({ status: 'success', data: 'answered' })
      }
    })
  }

  it('is told of in the log', async () => {
    const server = await createTestServer({ controllers: [Late], listen: true })
    await (await server.fetch('/ended')).text()
    const line = server.logs.find(({ message }) => message === 'response failed')
    expect(line!.level).to.equal('error')
    expect(line!.fields.err).to.have.property('code', 'ERR_STREAM_WRITE_AFTER_END')
  })
})

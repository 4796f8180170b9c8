import { gzipSync } from 'node:zlib'

import { Body, Post, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { BodyLimit } from '@lokstra/middleware/body-limit'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { openRaw } from '../core/response/raw-request.js'

class Note {
  @Body() @IsString() text!: string
}

@Route('/notes')
class Notes {
  @Post() create(input: Note) {
    return input.text.length
  }
}

const serverWith = (limit: number) => createTestServer({ controllers: [Notes], middleware: [[BodyLimit, { limit }]] })
const json = { 'content-type': 'application/json' }
const note = (length: number) => JSON.stringify({ text: 'x'.repeat(length) })

describe('the bodyLimit middleware', () => {
  it('refuses a body that announces more, in the envelope', async () => {
    const response = await (await serverWith(100)).inject('POST', '/notes', { headers: json, body: note(100) })
    expect(response.status).to.equal(413)
    expect(response.json().error).to.include({
      code: 'PAYLOAD_TOO_LARGE',
      message: 'The request body is larger than 100 bytes',
    })
  })

  it('lets a body of exactly the limit pass', async () => {
    const body = note(50)
    const response = await (await serverWith(body.length)).inject('POST', '/notes', { headers: json, body })
    expect(response.json().data).to.equal(50)
  })

  it('raises the limit as well', async () => {
    const response = await (
      await serverWith(4_000_000)
    ).inject('POST', '/notes', { headers: json, body: note(2_000_000) })
    expect(response.json().data).to.equal(2_000_000)
  })

  it('counts an encoded body after decompression', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' }
    const server = await serverWith(1_000)
    expect((await server.inject('POST', '/notes', { headers, body: gzipSync(note(5_000)) })).status).to.equal(413)
    expect((await server.inject('POST', '/notes', { headers, body: gzipSync(note(500)) })).json().data).to.equal(500)
  })

  it('answers a client that is still sending a body that it announced, or that it did not', async () => {
    for (const length of ['content-length: 90000000', 'transfer-encoding: chunked']) {
      const server = await createTestServer({
        controllers: [Notes],
        middleware: [[BodyLimit, { limit: 100_000 }]],
        listen: true,
      })
      const head = `POST /notes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${length}\r\n\r\n`
      const raw = await openRaw(server.url(), head)
      const text = 'x'.repeat(0x4000)
      const chunk = length.includes('chunked') ? `4000\r\n${text}\r\n` : text
      let sending = true
      const more = () => {
        while (sending && raw.socket.writable && raw.socket.write(chunk));
      }
      raw.socket.on('drain', more)
      more()
      const answer = await raw.until('PAYLOAD_TOO_LARGE')
      sending = false
      expect(answer).to.match(/^HTTP\/1\.1 413 /)
      expect(answer.toLowerCase()).to.include('connection: close')
      await raw.closed()
    }
  })
})

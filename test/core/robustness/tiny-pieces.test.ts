import { gzipSync } from 'node:zlib'

import { Body, CallExchange, Post, Returns, Route, type Context, type Next } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { IsString } from 'class-validator'
import { expect } from 'chai'

import { collectGarbage } from '../../helpers/collect-garbage.js'
import { poll } from '../../helpers/poll.js'
import { openRaw } from '../response/raw-request.js'

const count = 100_000
/** The pieces alone would be ten times as much. */
const mostHeldBytes = 3 * 1024 * 1024

class Note {
  @Body() @IsString() text!: string
}

@Route('/notes')
class Notes {
  @Post() @Returns(Number) add({ text }: Note): number {
    return text.length
  }
}

const note = JSON.stringify({ text: 'x'.repeat(count) })
/** Blocks that are stored as they are come out of the decoder as they go in: a byte at a time. */
const stored = gzipSync(note, { level: 0 })

function inChunksOf1(bytes: Uint8Array): Buffer {
  const lines = Buffer.from('1\r\n?\r\n'.repeat(bytes.length))
  bytes.forEach((byte, at) => (lines[at * 6 + 3] = byte))
  return lines
}

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('a body in pieces of one byte', () => {
  for (const [name, body, encoding] of [
    ['as it is', Buffer.from(note), 'identity'],
    ['compressed', stored, 'gzip'],
  ] as const) {
    it(`holds little more than its bytes while the rest is waited for: ${name}`, async () => {
      let ctx: Context | undefined
      const watch = (context: Context, next: Next) => {
        ctx = context
        return next()
      }
      const server = await createTestServer({ controllers: [Notes], listen: true, app: { middleware: [watch] } })
      const head = `POST /notes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-encoding: ${encoding}\r\ntransfer-encoding: chunked\r\n\r\n`
      const chunks = inChunksOf1(body)
      const rest = 64 * 6
      const before = heldBytes()
      const client = await openRaw(server.url(), head)
      client.socket.write(chunks.subarray(0, -rest))
      await poll(
        () => (ctx?.bodyBytesRead ?? 0) >= count - 64,
        () => `${ctx?.bodyBytesRead} bytes arrived`,
      )
      const held = heldBytes() - before
      client.socket.write(chunks.subarray(-rest))
      client.socket.write('0\r\n\r\n')
      expect(await client.until('}'))
        .to.include('HTTP/1.1 200')
        .and.include(`"data":${count}`)
      client.socket.destroy()
      expect(held).to.be.below(mostHeldBytes)
    })
  }
})

class Exchange extends CallExchange {
  override onPressure(): void {
    // Who sends cannot be told to wait.
  }
  protected override abandon(): void {
    // Nobody waits for it.
  }
}

describe('the answer of a call in pieces of one byte', () => {
  const options = { timeoutMs: 60_000, signal: undefined }
  const limits = { answerBytes: 1024 * 1024, streamIdleMs: 0 }

  it('holds little more than its bytes, and is the whole text', async () => {
    const received = Buffer.from(note)
    const before = heldBytes()
    const exchange = new Exchange(options, limits)
    exchange.begin(200, {})
    const text = exchange.response.then((response) => response.text())
    for (let at = 0; at < received.length; at++) exchange.push(received.subarray(at, at + 1))
    expect(heldBytes() - before).to.be.below(mostHeldBytes)
    exchange.end()
    expect(await text).to.equal(note)
  })

  it('gives pieces of any size in their order', async () => {
    const sizes = Array.from({ length: 300 }, (_, at) => (at % 7 === 0 ? 1024 + at : (at * 37) % 1024))
    const pieces = sizes.map((size, at) => Buffer.alloc(size, at % 251))
    const exchange = new Exchange(options, limits)
    exchange.begin(200, {})
    for (const piece of pieces) exchange.push(piece)
    const response = await exchange.response
    const given: Uint8Array[] = []
    exchange.end()
    for await (const piece of response.chunks()) given.push(piece)
    expect(Buffer.concat(given).equals(Buffer.concat(pieces))).to.equal(true)
  })
})

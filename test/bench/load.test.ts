import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { expect } from 'chai'

import { runLoad } from './internals.js'

const requests = [{ method: 'GET', path: '/', status: 200 } as const]
const tick = () => new Promise((resolve) => setTimeout(resolve, 1))

/** Runs the load against a server that answers each request with these pieces, one after the other. */
async function loadOf(pieces: readonly string[], count = 5): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true).on('error', () => undefined))
    socket.on('data', () => {
      void (async () => {
        for (const piece of pieces) {
          socket.write(piece)
          await tick()
        }
      })()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    return (await runLoad({ port, connections: 2, requests, count })).answered
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

async function failureOf(pieces: readonly string[]): Promise<string> {
  try {
    await loadOf(pieces)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('the load of the benchmark', () => {
  it('counts answers that come in one piece', async () => {
    expect(await loadOf(['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'])).to.be.at.least(5)
  })

  it('counts answers that come in any pieces', async () => {
    expect(await loadOf(['HTTP/1.1 20', '0 OK\r\ncontent-length: 6\r\n\r', '\n', 'abc', 'def'])).to.be.at.least(5)
    expect(await loadOf(['HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab', 'cd', 'ef'])).to.be.at.least(5)
    expect(await loadOf(['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'])).to.be.at.least(5)
  })

  it('fails at an answer with another status, without a length, or longer than it says', async () => {
    expect(await failureOf(['HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n'])).to.include('500 instead of 200')
    expect(await failureOf(['HTTP/1.1 200 OK\r\n\r\n'])).to.include('no content-length')
    expect(await failureOf(['HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc'])).to.include('longer')
  })

  it('fails when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const error = await runLoad({ port, connections: 1, requests, count: 1 }).catch((reason: unknown) => reason)
    expect(String(error)).to.include('ECONNREFUSED')
  })
})

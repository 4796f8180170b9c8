import { join } from 'node:path'

import { expect } from 'chai'
import type { TestResponse } from '@lokstra/core/testing'

import { readBlocks } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'

/** A request that a page shows, and the answer that it says comes back. */
export interface Exchange {
  /** `page:line` */
  readonly place: string
  /** Behind the language, as in `http app=classic`: the app that is asked. */
  readonly app: string | undefined
  readonly request: { readonly method: string; readonly path: string; readonly headers: Headers; readonly body: string }
  readonly answer: { readonly status: number; readonly headers: Headers; readonly body: string }
}

type Headers = Readonly<Record<string, string>>

/** The `http` blocks of a page: a request, then an answer that starts with `HTTP/1.1`. */
export function readExchanges(page: string): readonly Exchange[] {
  return readBlocks(join(repositoryRoot, page))
    .filter(({ lang }) => lang === 'http')
    .map(({ info, text, line }) => {
      const place = `${page}:${line}`
      const [, request = '', status = '', answer = ''] = /^([^]*?)^HTTP\/1\.1 (\d{3})[^\n]*\n([^]*)$/m.exec(text) ?? []
      if (status === '') throw new Error(`${place}: the block holds no answer`)
      const [, method = '', path = '', rest = ''] = /^([A-Z]+) (\S+)\n([^]*)$/.exec(request) ?? []
      if (method === '') throw new Error(`${place}: the block does not start with a request`)
      return {
        place,
        app: /\bapp=(\S+)/.exec(info)?.[1],
        request: { method, path, ...readMessage(rest) },
        answer: { status: Number(status), ...readMessage(answer) },
      }
    })
}

/** JSON bodies are compared as values; in them and in headers `…` stands for any value. Headers that are not shown may be there. */
export function expectAnswer({ place, answer }: Exchange, response: TestResponse): void {
  expect(response.status, `${place}: status, body ${response.text}`).to.equal(answer.status)
  for (const [name, value] of Object.entries(answer.headers)) {
    const received = response.headers[name]
    if (value !== '…') expect(received, `${place}: ${name}`).to.equal(value)
    else expect(received, `${place}: ${name}`).to.be.a('string')
  }
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(String(response.headers['content-type']))
  if (!isJson) expect(response.text.trim(), place).to.equal(answer.body)
  else if (answer.body !== '') {
    const shown: unknown = JSON.parse(answer.body)
    expect(fillIn(shown, response.json()), place).to.deep.equal(response.json())
  }
}

function readMessage(text: string): { headers: Headers; body: string } {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => !/^[\w-]+: /.test(line))
  const headers = lines.slice(0, start).map((line) => /^([\w-]+): (.*)$/.exec(line)!.slice(1) as [string, string])
  return { headers: Object.fromEntries(headers), body: lines.slice(start).join('\n').trim() }
}

/** The value shown, with what was received where it shows `…`. */
function fillIn(shown: unknown, received: unknown): unknown {
  if (shown === '…') return received
  if (typeof shown !== 'object' || shown === null) return shown
  const at = (key: string) => (received as Record<string, unknown> | undefined)?.[key]
  if (Array.isArray(shown)) return shown.map((item, index) => fillIn(item, at(String(index))))
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, fillIn(value, at(key))]))
}

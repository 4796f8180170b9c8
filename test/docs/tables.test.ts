import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as core from '@lokstra/core'
import { Context, createServer, Get, HttpError, Route, type Class } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Health } from '@lokstra/services/health'
import { PinoLogger } from '@lokstra/services/logger'
import { PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import type { Schema } from '../core/config/schema/compile-schema.js'
import { repositoryFiles, repositoryRoot } from '../helpers/repository.js'
import { codesIn, readTable, sectionOf } from './tables.js'

/** The keys of a service's own with their defaults, as editors get them. */
async function keysOf(service: Class, type: string): Promise<Readonly<Record<string, unknown>>> {
  const { definitions } = (await createServer({ services: [service] }).configurationSchema()) as {
    readonly definitions: Readonly<Record<string, { readonly properties: Readonly<Record<string, Schema>> }>>
  }
  const keys = Object.entries(definitions[`services.${type}`]!.properties).filter(
    ([key]) => key !== 'type' && key !== 'dependsOn',
  )
  return Object.fromEntries(keys.map(([key, { default: value }]) => [key, value]))
}

/** The keys of a page's table with their defaults, undefined where the page says it in words. */
function keysOfPage(page: string, heading: string): Readonly<Record<string, unknown>> {
  const rows = readTable(page, heading).map(([key, , value = '']) => {
    const [, code] = /^`([^`]*)`$/.exec(value) ?? []
    return [codesIn(key)[0], code] as const
  })
  return Object.fromEntries(rows)
}

/** A list is given in words, beside the table. */
function asText(defaults: Readonly<Record<string, unknown>>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(defaults).map(([key, value]) => {
      const isText = value !== undefined && !Array.isArray(value)
      return [key, isText ? String(value) : undefined]
    }),
  )
}

describe('tables in the documentation', () => {
  const services: readonly (readonly [page: string, type: string, service: Class])[] = [
    ['docs/postgres.md', 'postgres', PostgresDatabase],
    ['docs/logging.md', 'logger', PinoLogger],
    ['docs/health.md', 'health', Health],
  ]
  for (const [page, type, service] of services) {
    it(`name every key of the service ${type}, with its default`, async () => {
      expect(keysOfPage(page, 'Keys')).to.deep.equal(asText(await keysOf(service, type)))
    })
  }

  it('name every field that is redacted', () => {
    const [names] = /^(?:`\w+`[,\s]*)+$/m.exec(sectionOf('docs/logging.md', 'What is redacted'))!
    expect(codesIn(names)).to.deep.equal(core.defaultRedaction)
  })

  it('name log lines that are written', () => {
    const sources = repositoryFiles(join(repositoryRoot, 'packages')).filter((file) => /\/src\/.*\.ts$/.test(file))
    const code = sources.map((file) => readFileSync(join(repositoryRoot, file), 'utf8')).join('')
    const lines = /(?:the line|the log says|has) (`[a-z][a-z -]+[a-z]`)/g
    const quoted = [...readFileSync(join(repositoryRoot, 'docs/troubleshooting.md'), 'utf8').matchAll(lines)]
    const messages = [
      ...readTable('docs/logging.md', 'Lines to alert on').flatMap(([message]) => codesIn(message)),
      ...quoted.flatMap(([, line]) => codesIn(line)),
    ]
    expect(messages).to.include.members(['controllers not served by any app', 'call refused'])
    expect(messages.filter((message) => !code.includes(`'${message}'`))).to.deep.equal([])
  })

  it('name every member of the context', async () => {
    const members: string[] = []
    @Route('/members')
    class MemberController {
      @Get()
      list(ctx: Context): void {
        members.push(...Object.keys(ctx), ...Object.getOwnPropertyNames(Context.prototype))
      }
    }
    const server = await createTestServer({ controllers: [MemberController] })
    await server.inject('GET', '/members')
    const headings = ['The request', 'Who and what it is for', 'Time', 'The answer', 'For middleware and extensions']
    const documented = headings
      .flatMap((heading) => readTable('docs/context.md', heading))
      .flatMap(([names]) => codesIn(names).map((name) => name.replace(/\(.*/, '')))
    expect(documented).to.have.members(members.filter((name) => name !== 'constructor'))
  })

  it('show paths that take what they say, all in one app', async () => {
    class PathController {}
    const rows = readTable('docs/requests.md', 'Paths').map((cells) => cells.flatMap((cell) => codesIn(cell)[0] ?? []))
    for (const [index, [pattern]] of rows.entries()) {
      const value = (ctx: Context) => ({ pattern: ctx.route.path, params: ctx.params })
      Object.defineProperty(PathController.prototype, `row${index}`, { value })
      Reflect.defineMetadata('design:paramtypes', [Context], PathController.prototype, `row${index}`)
      const decorate = Get(pattern) as (target: object, name: string, descriptor: PropertyDescriptor) => void
      decorate(PathController.prototype, `row${index}`, { value })
    }
    Route('/')(PathController)
    const server = await createTestServer({ controllers: [PathController] })
    expect(rows).not.to.be.empty
    for (const [pattern, path, params] of rows) {
      const answer = await server.inject('GET', path!)
      expect(answer.status, path).to.equal(200)
      expect(answer.json().data, path).to.deep.equal({ pattern, params: JSON.parse(params!) as unknown })
    }
  })

  it('name every code that clients get', () => {
    const classes = Object.values(core).flatMap((value) => {
      const isError = typeof value === 'function' && value.prototype instanceof HttpError && value.length === 0
      return isError ? [new (value as unknown as new () => HttpError)().code] : []
    })
    const sources = repositoryFiles(join(repositoryRoot, 'packages')).filter((file) => /\/src\/.*\.ts$/.test(file))
    const written = sources.flatMap((file) => {
      const text = readFileSync(join(repositoryRoot, file), 'utf8').replace(/^\s*(?:\*|\/\/).*$/gm, '')
      return [
        ...text.matchAll(
          /'((?:VALIDATION|RANGE|HEADERS|HANDLER|NOT_READY|REMOTE|UPSTREAM|BUILD|START|SERVER|CONFIGURATION)\w*)'/g,
        ),
      ]
    })
    const section = readTable('docs/responses.md', 'Codes that clients see').flatMap(([code]) => codesIn(code))
    const errors = readTable('docs/responses.md', 'Errors').flatMap((cells) => cells.flatMap(codesIn))
    expect(classes).to.include('CONFLICT')
    expect([...section, ...errors]).to.include.members([...classes, ...written.map(([, code]) => code!)])
  })
})

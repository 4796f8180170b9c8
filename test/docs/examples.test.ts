import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import {
  Body,
  createServer,
  describeBootFailure,
  Get,
  Logger,
  Middleware,
  OnStart,
  Post,
  Query,
  Route,
  Service,
  type Class,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { Cors, Recovery, RequestId, RequestLogger } from '@lokstra/middleware'
import { PinoLogger } from '@lokstra/services/logger'
import { expect } from 'chai'
import { plainToInstance, Type } from 'class-transformer'
import {
  Allow,
  IsBoolean,
  IsDate,
  IsEnum,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Min,
  validate,
  Validate,
  ValidateNested,
  type ValidatorConstraintInterface,
} from 'class-validator'

import { readBlocks } from '../helpers/markdown.js'
import { poll } from '../helpers/poll.js'
import { repositoryRoot } from '../helpers/repository.js'
import { compilePage, type CompiledPage } from './compile-page.js'
import { expectAnswer, readExchanges } from './http-block.js'
import { pageServers } from './page-servers.js'

/** Pages whose code a test below runs. */
const shownPages = ['docs/logging.md']
const testedPages = ['docs/testing.md', 'docs/testing-deployments.md', 'docs/write-a-service.md']
const compiledPages = [...new Set([...Object.keys(pageServers), ...testedPages, ...shownPages])]
const compiled = new Map<string, CompiledPage>(
  await Promise.all(compiledPages.map(async (page) => [page, await compilePage(page)] as const)),
)

after(() => {
  for (const page of compiled.values()) page.remove()
})

describe('requests in the documentation', () => {
  for (const [page, start] of Object.entries(pageServers)) {
    it(`are answered as ${page} says`, async () => {
      const send = await start(await compiled.get(page)!.load())
      const exchanges = readExchanges(page)
      expect(exchanges).not.to.be.empty
      for (const exchange of exchanges) expectAnswer(exchange, await send(exchange))
    })
  }
})

// The tests that pages show are tests: they describe themselves when they are imported.
for (const page of testedPages) await compiled.get(page)!.loadTests()

describe('the lines in docs/logging.md', () => {
  it('are those that its code logs', async () => {
    const { Orders, OrderController } = (await compiled.get('docs/logging.md')!.load()) as Record<string, Class>
    const written: string[] = []
    const server = await createTestServer({
      apps: [{ name: 'api', controllers: [OrderController!] }],
      services: [Orders!],
      middleware: [RequestId, RequestLogger],
      overrides: [override(Logger, PinoLogger.writingTo({ write: (line) => written.push(line) }))],
      listen: true,
    })
    server.expectError(/the disk is full/)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ product: 7, cardNumber: '4111111111111111' })
    await server.fetch('/orders', { method: 'POST', headers, body })
    await server.fetch('/orders/broken')
    await server.dispose()
    const [shown] = readBlocks(join(repositoryRoot, 'docs/logging.md')).filter(({ lang }) => lang === 'json')
    const lines = shown!.text.trim().split('\n')
    const shape = (line: string) =>
      JSON.parse(line, (key, value: unknown) =>
        /^(?:time|requestId|durationMs|bytes|ip|stack)$/.test(key) ? '…' : value,
      ) as Readonly<Record<string, unknown>>
    const expected = lines.map(shape)
    expect(written.map(shape).filter(({ msg }) => expected.some((line) => line.msg === msg))).to.deep.equal(expected)
  })
})

describe('errors in the documentation', () => {
  it('are those of a service that is missing', async () => {
    const { OrderService, OrderController } = (await compiled.get('docs/services.md')!.load()) as Record<string, Class>
    const folder = join(repositoryRoot, 'test')
    const apps = [{ controllers: [OrderController!] }]
    const message = await messageOf(createServer({ services: [OrderService!], apps, folder }).check())
    // The line of the class is a line of the block.
    expect(textOf('docs/services.md')).to.contain(message.replace(/test\/dist\/page-\w+\//g, ''))
  })

  it('are those of middleware at the wrong level, and of a start hook that fails', async () => {
    @Route('/todos')
    @Middleware([Cors, { origins: ['https://shop.example'] }])
    class TodoController {
      @Get() list() {
        return []
      }
    }
    expectDocumented(
      'docs/middleware.md',
      await messageOf(createServer({ apps: [{ controllers: [TodoController] }] }).check()),
    )

    @Service({ eager: true })
    class SearchIndex {
      @OnStart() load(): void {
        throw new Error('connect ECONNREFUSED 127.0.0.1:9200')
      }
    }
    expectDocumented('docs/lifecycle.md', await messageOf(createTestServer({ services: [SearchIndex] })))
  })

  it('are those of the configuration that a page shows with them', async () => {
    const { HttpOutbox, OrderController } = (await compiled.get('docs/write-a-service.md')!.load()) as Record<
      string,
      Class
    >
    const blocks = readBlocks(join(repositoryRoot, 'docs/configuration.md')).filter(({ lang }) => lang === 'text')
    const start = blocks.findIndex(({ text }) => text.startsWith('# lokstra.yaml'))
    const [file, report] = blocks.slice(start).map(({ text }) => text.trimEnd())
    expect(await configurationError(file!)).to.equal(report)
    const shown = blocks.find(({ text }) => text.includes('  > 7 |'))!.text.split('\n')
    const printed = (await configurationError(file!, {}, describeBootFailure)).split('\n')
    expect(printed).to.include.members(shown.slice(3, 8))
    const outbox = `# lokstra.yaml\nservices:\n  outbox: { type: httpOutbox, url: 'http://queue/', batchSize: 5000 }\napps: [{ name: api }]\n`
    const message = await configurationError(outbox, {
      services: [HttpOutbox!],
      apps: [{ name: 'api', controllers: [OrderController!] }],
    })
    expectDocumented('docs/write-a-service.md', message)
  })

  it('leave out nothing of the contract that requests.md prints', async () => {
    const { ParcelController } = (await compiled.get('docs/requests.md')!.load()) as Record<string, Class>
    const plans = await createServer({ apps: [{ controllers: [ParcelController!] }] }).describeRoutes({ plan: true })
    const printed = plans
      .slice(plans.indexOf('\n') + 1)
      .replace(/^ {2}/gm, '')
      .replace(/\S*(src\/parcels\.ts):\d+/, '$1')
    expect(textOf('docs/requests.md').replace(/(src\/parcels\.ts):\d+/, '$1')).to.contain(printed)
  })

  it('leave out nothing of what the overview in requests.md gives', async () => {
    const { ParcelController, overview } = (await compiled.get('docs/requests.md')!.load()) as {
      readonly ParcelController: Class
      readonly overview: (options: ServerOptions) => Promise<readonly string[]>
    }
    const lines = await overview({ apps: [{ controllers: [ParcelController] }] })
    expect(textOf('docs/requests.md')).to.contain(`\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`)
  })

  it('leave out nothing of the routes that middleware.md prints', async () => {
    const { TodoController } = (await compiled.get('docs/middleware.md')!.load()) as Record<string, Class>
    const apps = [{ name: 'api', controllers: [TodoController!] }]
    const routes = await createServer({ middleware: [RequestId, Recovery], apps }).describeRoutes()
    const withoutLines = (text: string) => text.replace(/\S*(src\/todos\.ts):\d+/g, '$1')
    expect(withoutLines(textOf('docs/middleware.md'))).to.contain(withoutLines(routes))
  })
})

enum Level {
  Low = 0,
  High = 1,
}

class Line {
  @IsInt() @Min(1) quantity!: number
}

class Loose {
  @Body() @IsOptional() @IsNotEmpty() name?: string
  @Body() @IsOptional() @IsString({ each: true }) tags?: string[]
  @Body() @IsOptional() @Type(() => Line) @ValidateNested({ each: true }) lines?: Line[]
  @Body() @IsOptional() @IsInt() big?: number
  @Body() @IsOptional() @IsEnum(Level) level?: Level
  @Body() @IsOptional() @Type(() => Date) @IsDate() on?: Date
}

class LooseQuery {
  @Query() @IsOptional() @IsBoolean() flag?: boolean
  @Query() @IsOptional() @IsInt() count?: number
}

@Route('/loose')
class LooseController {
  @Post() post(input: Loose) {
    return { keys: Object.keys(input).filter((key) => input[key as keyof Loose] !== undefined) }
  }
  @Get() get(query: LooseQuery) {
    return query
  }
}

describe('the outbox in docs/write-a-service.md', () => {
  it('sends a batch after the other, and all before the server has stopped', async () => {
    const { HttpOutbox, OrderController } = (await compiled.get('docs/write-a-service.md')!.load()) as Record<
      string,
      Class
    >
    const events: string[] = []
    const held: (() => void)[] = []
    const endpoint = createHttpServer((req, res) => {
      events.push('received')
      req.resume()
      held.push(() => {
        events.push('answered')
        res.end()
      })
    })
    await once(endpoint.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`
    const services = [{ use: HttpOutbox!, name: 'outbox', config: { url, batchSize: 1 } }]
    const server = await createTestServer({ services, controllers: [OrderController!] })
    try {
      for (let i = 0; i < 2; i++) await server.inject('POST', '/orders')
      const untilHeld = (count: number) =>
        poll(
          () => held.length >= count,
          () => `Batch ${count} was not sent`,
        )
      await untilHeld(1)
      const stopped = server.dispose()
      await delay(100)
      held[0]!()
      await untilHeld(2)
      held[1]!()
      await stopped
      expect(events).to.deep.equal(['received', 'answered', 'received', 'answered'])
    } finally {
      await server.dispose()
      endpoint.close()
    }
  })
})

describe('what validation.md calls stricter than class-validator', () => {
  const bodies: Readonly<Record<string, string>> = {
    'an object for a text': '{ "name": {} }',
    'null for what is optional': '{ "name": null }',
    'a text for a list of texts': '{ "tags": "a" }',
    'one object for a list of objects': '{ "lines": { "quantity": 1 } }',
    'an integer that was rounded': '{ "big": 9007199254740993 }',
    'the name of a numeric enum member': '{ "level": "Low" }',
    'a day that does not exist': '{ "on": "2026-02-30" }',
  }
  for (const [name, body] of Object.entries(bodies)) {
    it(`is: ${name} passes there and is refused here`, async () => {
      expect(await validate(plainToInstance(Loose, JSON.parse(body) as object))).to.deep.equal([])
      const server = await createTestServer({ controllers: [LooseController] })
      const answer = await server.inject('POST', '/loose', { headers: { 'content-type': 'application/json' }, body })
      expect(answer.status, answer.text).to.equal(400)
    })
  }

  it('is: an absent nested object passes there and is refused here', async () => {
    class Nesting {
      @Body() @ValidateNested() @Type(() => Line) line!: Line
    }
    @Route('/nesting')
    class NestingController {
      @Post() post(input: Nesting) {
        return input
      }
    }
    expect(await validate(plainToInstance(Nesting, {}))).to.deep.equal([])
    const server = await createTestServer({ controllers: [NestingController] })
    expect((await server.inject('POST', '/nesting', { body: {} })).status).to.equal(400)
  })

  it('is: text is converted strictly', async () => {
    const convert = (query: object) => plainToInstance(LooseQuery, query, { enableImplicitConversion: true })
    expect(convert({ flag: 'false', count: '0x10' })).to.deep.equal({ flag: true, count: 16 })
    expect(convert({ count: '' }).count).to.equal(0)
    const server = await createTestServer({ controllers: [LooseController] })
    expect((await server.inject('GET', '/loose?flag=false')).json().data).to.deep.equal({ flag: false })
    for (const count of ['', '0x10']) expect((await server.inject('GET', `/loose?count=${count}`)).status).to.equal(400)
  })

  it('is: unknown keys are dropped', async () => {
    const kept = plainToInstance(Loose, { other: 1 })
    expect(kept).to.have.property('other')
    const server = await createTestServer({ controllers: [LooseController] })
    const answer = await server.inject('POST', '/loose', { body: { other: 1 } })
    expect(answer.json().data.keys).to.deep.equal([])
  })

  it('is: rules that never run, and rules that nothing can pass, do not start', async () => {
    class Unregistered implements ValidatorConstraintInterface {
      validate(): boolean {
        return false
      }
    }
    class Wrong {
      @Body() @Validate(Unregistered) name!: string
      @Body() @IsIn(undefined as never) kind!: string
      @Body() @ValidateNested() nested!: object
      @Body() @IsInt() count!: string
      @Body() @Allow() rest!: string
    }
    @Route('/wrong')
    class WrongController {
      @Post() post(input: Wrong) {
        return input
      }
    }
    const message = await messageOf(createServer({ apps: [{ controllers: [WrongController] }] }).check())
    for (const code of ['E_RULE_UNREGISTERED', 'E_RULE_CONSTRAINT', 'E_FIELD_NESTED_TYPE', 'E_RULE_TYPE'])
      expect(message).to.contain(code)
  })
})

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const failure = await promise.then(
    () => new Error('nothing failed'),
    (error: unknown) => error as Error,
  )
  return failure.message
}

/** What a configuration is refused with, in a folder whose package.json depends on the packages of this repository. */
async function configurationError(
  text: string,
  options: Parameters<typeof createServer>[0] = {},
  describe = (error: unknown) => (error as Error).message,
): Promise<string> {
  const folder = mkdtempSync(join(repositoryRoot, 'test/dist/config-'))
  try {
    const file = join(folder, 'lokstra.yaml')
    writeFileSync(file, text)
    const message = await createServer({ ...options, file, env: {} })
      .check()
      .then(() => '', describe)
    return message.replaceAll(relative(process.cwd(), folder) + '/', '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The places are those of this file, and not of the page. */
function expectDocumented(page: string, message: string): void {
  const withoutPlaces = (text: string) => text.replace(/^ {2}at {3}.*\n/gm, '')
  expect(withoutPlaces(textOf(page))).to.contain(withoutPlaces(message))
}

function textOf(page: string): string {
  return readFileSync(join(repositoryRoot, page), 'utf8')
}

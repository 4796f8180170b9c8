import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Class, Formatter, MiddlewareHandler, ModuleClass, ServiceRegistration } from '@lokstra/core'
import { createTestServer, type TestResponse, type TestServer } from '@lokstra/core/testing'
import { Health, HealthController } from '@lokstra/services/health'
import { Metrics } from '@lokstra/services/metrics'
import { PostgresDatabase } from '@lokstra/services/postgres'

import { readBlocks } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'
import type { Exchange } from './http-block.js'

const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-page-'))
after(() => rmSync(dataDir, { recursive: true, force: true }))

type Exports = Readonly<Record<string, unknown>>
type Send = (exchange: Exchange) => Promise<TestResponse>

/** The pages that show requests, each with the server that its blocks describe. */
export const pageServers: Readonly<Record<string, (exports: Exports) => Promise<Send>>> = {
  'docs/requests.md': async (exports) => sendTo(await createTestServer({ controllers: controllersOf(exports) })),

  'docs/validation.md': async (exports) => {
    const controllers = controllersOf(exports)
    const apps = [
      { name: 'api', controllers },
      { name: 'strict', unknownKeys: 'reject' as const, controllers },
    ]
    return sendTo(await createTestServer({ apps: onOwnPorts(apps) }))
  },

  'docs/responses.md': async (exports) => {
    const server = await createTestServer({ controllers: controllersOf(exports), folder: repositoryRoot })
    server.expectError(/hunter2/)
    return sendTo(server)
  },

  'docs/formatters.md': async (exports) => {
    const controllers = controllersOf(exports)
    const own = [exports.bare as Formatter, exports.wrapped as Formatter]
    const names: readonly (string | Formatter)[] = ['lokstra', 'classic', 'plain', 'problem', ...own]
    const apps = names.map((formatter) => ({
      name: typeof formatter === 'string' ? formatter : formatter.name,
      formatter,
      controllers,
    }))
    return sendTo(await createTestServer({ apps: onOwnPorts(apps) }))
  },

  'docs/services.md': async (exports) => {
    const services = ['LoggingMailer', 'OrderService', 'CurrentUser'].map(
      (name) => exports[name] as ServiceRegistration,
    )
    const { BillingModule } = exports as { BillingModule: Class<ModuleClass> }
    return sendTo(await createTestServer({ controllers: controllersOf(exports), services, modules: [BillingModule] }))
  },

  'docs/transactions.md': async (exports) => {
    const { Orders, Stock } = exports as Record<string, Class>
    const db = { use: PostgresDatabase, name: 'db', config: { dataDir, durable: false } }
    return sendTo(await createTestServer({ controllers: controllersOf(exports), services: [db, Orders!, Stock!] }))
  },

  'docs/postgres.md': async (exports) => {
    const config = { dataDir, durable: false, migrations: migrationsOf('docs/postgres.md') }
    const services = ['Notes', 'PoolGauges'].map((name) => exports[name] as Class)
    const db = { use: PostgresDatabase, name: 'db', config }
    return sendTo(await createTestServer({ controllers: controllersOf(exports), services: [db, Metrics, ...services] }))
  },

  'docs/coming-from.md': async (exports) => {
    const { Orders, requireKey } = exports as {
      readonly Orders: Class
      readonly requireKey: MiddlewareHandler['handle']
    }
    const shared = { formatter: 'plain', controllers: controllersOf(exports) } as const
    const apps = [
      { name: 'api', ...shared },
      { name: 'keyed', middleware: [requireKey], ...shared },
    ]
    return sendTo(await createTestServer({ apps: onOwnPorts(apps), services: [Orders] }))
  },

  'docs/security.md': async (exports) => {
    const { SignIn, Tokens, browserHeaders } = exports as Record<string, Class> & {
      readonly browserHeaders: MiddlewareHandler['handle']
    }
    const apps = [
      { name: 'api', middleware: [SignIn as Class<MiddlewareHandler>], controllers: controllersOf(exports) },
      { name: 'browser', middleware: [browserHeaders], controllers: [] },
    ]
    return sendTo(await createTestServer({ apps: onOwnPorts(apps), services: [Tokens!] }))
  },

  'docs/health.md': async (exports) => {
    const { Warehouse } = exports as { Warehouse: Class }
    const controllers = [...controllersOf(exports), HealthController]
    return sendTo(await createTestServer({ controllers, services: [Warehouse, Health] }))
  },

  'docs/context.md': async (exports) => {
    const { readVisitor, readClientIp } = exports as Record<string, MiddlewareHandler['handle']>
    const app = { middleware: [readVisitor!, readClientIp!] }
    return sendTo(await createTestServer({ controllers: controllersOf(exports), app }))
  },

  'docs/remote-services.md': async (exports) => {
    const { UserService } = exports as { UserService: Class }
    const config = { apps: [{ name: 'api', publish: ['UserService'] }], calls: { boundary: 'checked' } }
    const apps = [{ name: 'api', controllers: controllersOf(exports) }]
    return sendTo(await createTestServer({ services: [UserService], config, apps }))
  },

  'docs/deployments.md': async (exports) => {
    const { UserService } = exports as { UserService: Class }
    const listen = '127.0.0.1:0'
    const servers = {
      users: { apps: [{ name: 'users', listen, publish: ['UserService'] }] },
      orders: { apps: [{ name: 'api', listen }] },
    }
    const config = { deployments: { shop: { servers } } }
    const shared = { services: [UserService], config }
    const users = await createTestServer({ ...shared, server: 'shop.users', listen: true })
    const set = [`deployments.shop.servers.users.url=${users.url()}`]
    const apps = [{ name: 'api', controllers: controllersOf(exports) }]
    return sendTo(await createTestServer({ ...shared, apps, set, server: 'shop.orders' }))
  },

  'docs/metrics.md': async (exports) =>
    sendTo(await createTestServer({ controllers: controllersOf(exports), services: [Metrics] })),

  'docs/middleware.md': async (exports) => {
    const { TraceId } = exports as { TraceId: Class<MiddlewareHandler> }
    const apps = [
      { name: 'api', controllers: controllersOf(exports) },
      { name: 'traced', middleware: [TraceId], controllers: [] },
    ]
    return sendTo(await createTestServer({ apps: onOwnPorts(apps) }))
  },

  'docs/write-a-service.md': async (exports) => {
    const { HttpOutbox } = exports as { HttpOutbox: Class }
    const services = [{ use: HttpOutbox, name: 'outbox', config: { url: 'http://localhost:1/' } }, Health]
    const apps = [
      { name: 'api', controllers: controllersOf(exports) },
      { name: 'internal', controllers: [HealthController] },
    ]
    return sendTo(await createTestServer({ services, apps: onOwnPorts(apps) }))
  },
}

function controllersOf(exports: Exports): readonly Class[] {
  return Object.entries(exports).flatMap(([name, value]) => (name.endsWith('Controller') ? [value as Class] : []))
}

/** A folder with the migrations that a page shows. */
function migrationsOf(page: string): string {
  const folder = join(dataDir, 'migrations')
  mkdirSync(folder, { recursive: true })
  for (const { lang, info, text } of readBlocks(join(repositoryRoot, page))) {
    const [, name] = /^file=(\S+)/.exec(info) ?? []
    if (lang === 'sql' && name !== undefined) writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Apps with one address would be one set of routes. */
function onOwnPorts<T extends object>(apps: readonly T[]): readonly (T & { readonly listen: string })[] {
  return apps.map((app) => ({ ...app, listen: ':0' }))
}

/** A body without a media type is JSON: pages need not say so each time. */
function sendTo(server: TestServer): Send {
  return ({ request: { method, path, headers, body }, app }) =>
    server.inject(method, path, {
      ...(body === '' ? { headers } : { headers: { 'content-type': 'application/json', ...headers }, body }),
      ...(app === undefined ? {} : { app }),
    })
}

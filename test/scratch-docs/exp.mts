import { createServer, Service, Route, Get, Inject, Module, OnStart, OnStop, Middleware, HttpError, Logger, Context, factory, type ModuleRegistry, type Next } from '@lokstra/core'
import { Cors, RequestId, Recovery } from '@lokstra/middleware'
import { createTestServer } from '@lokstra/core/testing'
import { writeFileSync } from 'node:fs'
async function t(name: string, f: () => unknown) { try { console.log('==', name); console.log(await f()) } catch (e) { console.log((e as Error).message) } }
abstract class Mailer { abstract send(to: string): void }
@Service() class OrderService { constructor(readonly m: Mailer) {} }
@Route('/o') class OrderController { constructor(readonly o: OrderService) {} @Get() x() { return 1 } }
await t('missing', () => createServer({ services: [OrderService], apps: [{ controllers: [OrderController] }] }).check())
@Service() class SmtpMailer extends Mailer { send() {} }
@Service() class SesMailer extends Mailer { send() {} }
await t('ambiguous', () => createServer({ services: [OrderService, SmtpMailer, SesMailer], apps: [{ controllers: [OrderController] }] }).check())
@Service({ lifetime: 'request' }) class CurrentUser { constructor(readonly ctx: Context) {} }
@Service() class Reports { constructor(readonly u: CurrentUser) {} }
@Route('/r') class ReportController { constructor(readonly o: Reports) {} @Get() x() { return 1 } }
await t('captive', () => createServer({ services: [CurrentUser, Reports], apps: [{ controllers: [ReportController] }] }).check())
@Service() class A { constructor(@Inject('B') readonly b: object) {} }
@Service() class B { constructor(readonly a: A) {} }
@Route('/c') class CC { constructor(readonly a: A) {} @Get() x() { return 1 } }
await t('circular', () => createServer({ services: [A, B], apps: [{ controllers: [CC] }] }).check())
class Slot { #v = 0; get v() { return this.#v } }
@Service() class Wants { constructor(readonly s: Slot) {} }
@Module({ name: 'billing', capabilities: { services: true } }) class Billing { register(r: ModuleRegistry) { r.service(Wants); r.controller(CC) } }
@Route('/w') class WC { constructor(readonly a: Wants) {} @Get() x() { return 1 } }
await t('module', () => createServer({ services: [{ value: new Slot() }], modules: [Billing], apps: [{ controllers: [WC] }] }).check())
await t('level', () => { @Route('/x') @Middleware([Cors, { origins: ['https://a.example'] }]) class X { @Get() x() { return 1 } } return createServer({ apps: [{ controllers: [X] }] }).check() })
@Service({ eager: true }) class Bad { @OnStart() async open() { throw new Error('connect ECONNREFUSED 127.0.0.1:5432') } }
await t('start', async () => { const e = await createServer({ services: [Bad], apps: [{ listen: ':0' }] }).start().catch((e) => e); return e.message })
@Service({ eager: true }) class Slow { @OnStart({ timeoutMs: 50 }) async open() { await new Promise(() => {}) } }
await t('timeout', async () => createServer({ services: [Slow], apps: [{ listen: ':0' }] }).start())
await t('inuse', async () => { const s = await createServer({ apps: [{ listen: '127.0.0.1:48123' }] }).start(); try { await createServer({ apps: [{ name: 'api', listen: '127.0.0.1:48123' }] }).start() } finally { await s.stop() } })
writeFileSync('lokstra.yaml', `# lokstra.yaml
name: shop
services:
  db: { type: postgress, url: 'postgres://app:hunter2@db/shop' }
middleware:
  - requestId
  - requestLoger
apps:
  - name: api
    lisen: ':3000'
    limits: { body: 1 GiBB }
    timeouts: { request: 1 minute and a bit }
    listen: ':\${PORT}'
`)
await t('config', () => createServer({ file: 'lokstra.yaml', env: {} }).check())
writeFileSync('lokstra.yaml', `# lokstra.yaml
name: shop
services:
  db: { type: postgress }
middleware:
  - requestId
  - requestLoger
  - requestLogger: { slow: soon }
apps:
  - name: api
    controllers: [TodoController]
    formatter: problems
`)
await t('config2', () => createServer({ file: 'lokstra.yaml', env: {} }).check())
const audit = (ctx: Context, next: Next) => next()
@Route('/todos') @Middleware(audit) class Todos { @Get() list() { return 1 } @Get('/open') @Middleware(RequestId, { override: true }) open() { return 2 } }
await t('routes', () => createServer({ middleware: [RequestId, Recovery], apps: [{ name: 'api', middleware: [[Cors, { origins: ['https://shop.example'] }]], controllers: [Todos] }] }).describeRoutes())
await t('cors*', () => createServer({ middleware: [[Cors, { origins: ['*'], credentials: true }]], apps: [{ listen: ':0' }] }).start())
await t('optional class inject in request-scoped controller', async () => {
  @Service({ lifetime: 'transient' }) class Tr { id = Math.random() }
  @Service({ lifetime: 'request' }) class Rq { constructor(readonly ctx: Context, readonly t: Tr) {} }
  @Route('/q', { lifetime: 'request' }) class Q { constructor(readonly r: Rq) {} @Get() x() { return this.r.ctx.path } }
  const s = await createTestServer({ services: [Tr, Rq], controllers: [Q] }); return (await s.inject('GET', '/q')).text
})
await t('factory', async () => {
  class Pool { constructor(readonly n: number) {} }
  @Service() class Uses { constructor(readonly p: Pool) {} }
  @Route('/p') class P { constructor(readonly u: Uses) {} @Get() x() { return this.u.p.n } }
  const s = await createTestServer({ services: [Uses, factory({ provides: Pool, inject: [Logger], create: async (log: Logger) => { log.info('made'); return new Pool(3) } })], controllers: [P] }); return (await s.inject('GET', '/p')).text
})
await t('notaservice', async () => { class Plain { constructor(readonly p: Slot) {} }; return createServer({ services: [Plain as never], apps: [{}] }).check() })
await t('metadata missing', async () => { @Service() class N { constructor(readonly p: string) {} } @Route('/n') class NC { constructor(readonly n: N) {} @Get() x() { return 1 } } return createServer({ services: [N], apps: [{ controllers: [NC] }] }).check() })
await t('hook', async () => { @Service({ lifetime: 'request' }) class H { @OnStop() s() {} } @Route('/n', {lifetime:'request'}) class NC { constructor(readonly n: H) {} @Get() x() { return 1 } } return createServer({ services: [H], apps: [{ controllers: [NC] }] }).check() })
await t('unused service', async () => { @Service() class Unused { constructor(readonly p: Mailer) {} } await createServer({ services: [Unused], apps: [{ controllers: [] }] }).check(); return 'ok' })
await t('httperr', () => new HttpError(451, 'x').code)
process.exit(0)

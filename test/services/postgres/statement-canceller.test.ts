import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { DatabaseError, PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { Certificates } from '../../helpers/certificates.js'
import { poll } from '../../helpers/poll.js'
import { PostgresServer } from '../../helpers/postgres-server.js'
import { recordLog } from '../recorded-log.js'
import { failureOf } from './database-contract.js'

/** What the first packet of a connection asks for. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const kinds: Readonly<Record<number, string>> = { 196_608: 'session', 80_877_102: 'cancel', 80_877_103: 'encryption' }

/** Stands between the driver and the server, and sees what each connection begins with. */
class Relay {
  /** In the order of the connections. */
  readonly seen: string[] = []
  mode: 'pass' | 'refuse' | 'swallow' = 'pass'
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  readonly #port: number

  constructor(port: number) {
    this.#port = port
    this.#server = createServer((socket) => this.#accept(socket))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    if (this.mode === 'refuse') {
      socket.destroy()
      return
    }
    if (this.mode === 'swallow') return
    socket.once('data', (first) => this.seen.push(kinds[(first as Buffer).readInt32BE(4)] ?? 'something else'))
    const other = connect(this.#port, '127.0.0.1').on('error', () => undefined)
    socket.pipe(other).pipe(socket)
    socket.on('close', () => other.destroy())
    other.on('close', () => socket.destroy())
  }
}

describe('a request to stop a statement', function () {
  this.timeout(60_000)
  let postgres: PostgresServer
  let certificates: Certificates
  let relay: Relay
  let db: PostgresDatabase | undefined

  before(async function () {
    certificates = new Certificates()
    postgres = await PostgresServer.startOrSkip(this, certificates.server)
  })

  after(async () => {
    await postgres?.stop()
    certificates?.remove()
  })

  afterEach(async () => {
    await db?.stop()
    db = undefined
    relay.close()
  })

  async function open(config: Partial<PostgresConfig> = {}): Promise<PostgresDatabase> {
    relay = new Relay(postgres.port)
    const url = postgres.url.replace(String(postgres.port), String(await relay.listen()))
    db = new PostgresDatabase(Object.assign(new PostgresConfig(), { url, poolSize: 1 }, config), recordLog().log)
    await db.start()
    return db
  }

  /** What a statement rejects with that is stopped while it runs. */
  async function stopSleeping(database: PostgresDatabase, onceItRuns = () => undefined as unknown): Promise<Error> {
    const abort = new AbortController()
    const failing = failureOf(database.query('select pg_sleep(60)', [], { signal: abort.signal }))
    const observer = new PostgresDatabase(Object.assign(new PostgresConfig(), { url: postgres.url }), recordLog().log)
    await observer.start()
    await poll(
      async () => {
        const { n } = await observer.one<{ n: number }>(
          `select count(*) as n from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'`,
        )
        return n > 0
      },
      () => 'It does not sleep',
    )
    onceItRuns()
    abort.abort(new Error('stop'))
    const error = await failing
    await observer.query(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'`)
    await observer.stop()
    return error
  }

  it('goes over a connection of its own', async () => {
    const database = await open()
    expect(await stopSleeping(database))
      .to.be.instanceOf(DatabaseError)
      .with.property('code', '57014')
    expect(relay.seen).to.deep.equal(['session', 'cancel'])
    expect(database.poolState).to.deep.equal({ open: 1, idle: 1, waiting: 0 })
  })

  it('is encrypted where the others are', async () => {
    const database = await open({ ssl: 'require' })
    expect(await stopSleeping(database))
      .to.be.instanceOf(DatabaseError)
      .with.property('code', '57014')
    expect(relay.seen).to.deep.equal(['encryption', 'encryption'])
    expect(database.poolState.open).to.equal(1)
  })

  for (const mode of ['refuse', 'swallow'] as const) {
    it(`that does not arrive ends the connection of the statement instead (${mode})`, async () => {
      const database = await open()
      const error = await stopSleeping(database, () => (relay.mode = mode))
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '57014')
      expect(error.message).to.equal('The statement was cancelled: stop')
      expect(database.poolState).to.include({ open: 0, waiting: 0 })
      relay.mode = 'pass'
      expect(await database.one('select 1 as n')).to.deep.equal({ n: 1 })
    })
  }
})

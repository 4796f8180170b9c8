import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { LokstraError } from '@lokstra/core'
import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { isRunning } from '../../helpers/is-running.js'
import { poll } from '../../helpers/poll.js'
import { recordLog, type RecordedLog } from '../recorded-log.js'
import { failureOf } from './database-contract.js'

const program = fileURLToPath(new URL('./embedded-child.js', import.meta.url))
const sharer = fileURLToPath(new URL('./embedded-sharing-child.js', import.meta.url))
const racer = fileURLToPath(new URL('./folder-owner-child.js', import.meta.url))

describe('the embedded Postgres', function () {
  this.timeout(60_000)
  const folders: string[] = []
  const children: ChildProcess[] = []
  const databases: PostgresDatabase[] = []
  let recorded: RecordedLog

  beforeEach(() => {
    recorded = recordLog()
  })

  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child)
    await Promise.all(databases.splice(0).map((db) => db.stop()))
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  /** With a database in it, for the tests that do not need to see one being made: that takes most of a second. */
  const usedFolder = mkdtempSync(join(tmpdir(), 'lokstra-embedded-'))
  before(async () => {
    recorded = recordLog()
    const db = create(usedFolder)
    await db.start()
    await db.stop()
  })
  after(() => rmSync(usedFolder, { recursive: true, force: true }))

  const makeFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'lokstra-embedded-'))
    folders.push(folder)
    return folder
  }

  const create = (dataDir: string): PostgresDatabase => {
    const db = new PostgresDatabase(Object.assign(new PostgresConfig(), { dataDir, durable: false }), recorded.log)
    databases.push(db)
    return db
  }

  const run = async (dataDir: string): Promise<{ child: ChildProcess; said: string }> => {
    const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    return { child, said: said.trim() }
  }

  it('keeps its data between runs and makes them only once', async () => {
    const dataDir = makeFolder()
    const first = create(dataDir)
    await first.start()
    await first.query('drop table if exists kept; create table kept (id int); insert into kept values (7)')
    await first.stop()
    expect(existsSync(join(dataDir, 'cluster/data/postmaster.pid'))).to.equal(false)
    const second = create(dataDir)
    await second.start()
    expect(await second.many('select id from kept')).to.deep.equal([{ id: 7 }])
    expect(recorded.lines.filter(({ msg }) => msg === 'embedded Postgres: preparing')).to.have.length(1)
  })

  it('asks for a password, kept where only its owner can read it', async () => {
    const dataDir = usedFolder
    await create(dataDir).start()
    const { url } = JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8')) as { url: string }
    const guess = new PostgresDatabase(
      Object.assign(new PostgresConfig(), { url: url.replace(/:[0-9a-f]{32}@/, ':guess@') }),
      recorded.log,
    )
    expect((await failureOf(guess.start())).message).to.contain('password authentication failed')
    expect(recorded.text()).not.to.contain(new URL(url).password)
  })

  it('is shared by the services of one process, and ends with the last of them', async () => {
    const dataDir = usedFolder
    const [first, second] = [create(dataDir), create(dataDir)]
    await Promise.all([first.start(), second.start()])
    await first.query('drop table if exists shared; create table shared (id int)')
    await first.stop()
    expect(await second.many('select * from shared')).to.deep.equal([])
    const file = join(dataDir, 'cluster/data/postmaster.pid')
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    await second.stop()
    expect(isRunning(pid)).to.equal(false)
    const third = create(dataDir)
    await third.start()
    expect(await third.many('select * from shared')).to.deep.equal([])
  })

  it('is refused to a second process, which is told who has it and how to share it', async () => {
    const dataDir = usedFolder
    const { child, said } = await run(dataDir)
    expect(said).to.equal('ready')
    const error = await failureOf(create(dataDir).start())
    expect(LokstraError.is(error) && error.code).to.equal('E_EMBEDDED_IN_USE')
    expect(error.message).to.contain(`process ${child.pid}`).and.contain('DATABASE_URL')
  })

  it('gives two processes that start at once one winner and one clear error', async () => {
    const dataDir = makeFolder()
    const outcomes = (await Promise.all([run(dataDir), run(dataDir)])).map(({ said }) => said.split(':')[0])
    expect(outcomes.sort()).to.deep.equal(['E_EMBEDDED_IN_USE', 'ready'])
  })

  it('is shared by processes that belong together, also when they start at once, and ends when their parent lets go', async () => {
    const dataDir = makeFolder()
    const sharers = Array.from({ length: 3 }, () => {
      const child = spawn(process.execPath, [sharer, dataDir], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
      children.push(child)
      return child
    })
    const said = await Promise.all(
      sharers.map(async ({ stdout }) => ((await once(stdout!.setEncoding('utf8'), 'data')) as [string])[0].trim()),
    )
    expect(said[0]).to.match(/^\d+$/)
    expect(new Set(said).size, said.join()).to.equal(1)
    // One that dies takes nothing from the others.
    await kill(sharers[0]!)
    expect(existsSync(join(dataDir, 'cluster/data/postmaster.pid'))).to.equal(true)
    for (const child of sharers.slice(1)) await kill(child)
    for (const child of sharers) (child.stdio[3] as Duplex).resume().end()
    await poll(
      () => !existsSync(join(dataDir, 'owner.json')),
      () => 'the database goes on',
    )
    expect(existsSync(join(dataDir, 'cluster/data/postmaster.pid'))).to.equal(false)
  })

  it('lets exactly one of many processes take a folder over from a dead one', async () => {
    const racers = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, [racer], { stdio: ['pipe', 'pipe', 'inherit'] })
      children.push(child)
      return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() }
    })
    const ask = (line: string): Promise<unknown[]> =>
      Promise.all(
        racers.map(async ({ child, lines }) => {
          child.stdin.write(`${line}\n`)
          return (await lines.next()).value
        }),
      )
    await ask('release')
    for (let round = 0; round < 25; round++) {
      const dataDir = makeFolder()
      const text = round % 2 ? '{"pid": 2147483646}' : 'half wri'
      writeFileSync(join(dataDir, 'owner.json'), text)
      // What one leaves that is killed while it takes the folder over.
      const id = createHash('sha256').update(text).digest('hex').slice(0, 16)
      if (round % 3 === 0) writeFileSync(join(dataDir, `owner.json.after-${id}`), text)
      const outcomes = await ask(dataDir)
      expect(outcomes.sort(), `round ${round}`).to.deep.equal([
        ...Array<string>(5).fill('E_EMBEDDED_IN_USE'),
        'claimed',
      ])
      expect(readdirSync(dataDir)).to.deep.equal(['owner.json'])
      await ask('release')
      expect(readdirSync(dataDir)).to.deep.equal([])
    }
  })

  it('gives a folder up without harm when another process has been let in meanwhile', async () => {
    const db = create(usedFolder)
    await db.start()
    const file = join(usedFolder, 'owner.json')
    const other = JSON.stringify({ pid: process.pid, claim: 'another' })
    writeFileSync(file, other)
    await db.stop()
    expect(readFileSync(file, 'utf8')).to.equal(other)
    rmSync(file)
  })

  it('leaves nothing running after kill -9 of its process, and opens again at once with its data', async () => {
    const dataDir = usedFolder
    const { child } = await run(dataDir)
    const pid = Number.parseInt(readFileSync(join(dataDir, 'cluster/data/postmaster.pid'), 'utf8'), 10)
    await kill(child)
    const db = create(dataDir)
    await db.start()
    expect(isRunning(pid)).to.equal(false)
    expect(await db.many('select id from kept')).to.deep.equal([{ id: 1 }])
  })

  it('starts again on the same address when it is killed itself, and has lost nothing', async () => {
    const db = create(usedFolder)
    await db.start()
    await db.query('drop table if exists kept; create table kept (id int); insert into kept values (1)')
    const { pid } = await db.one<{ pid: number }>(
      `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
    )
    process.kill(pid, 'SIGKILL')
    for (;;) {
      const rows = await db.many('select id from kept').catch(() => undefined)
      if (rows) {
        expect(rows).to.deep.equal([{ id: 1 }])
        break
      }
      await delay(50)
    }
  })

  it('does not trip over a first start that was killed half way', async () => {
    const dataDir = makeFolder()
    mkdirSync(join(dataDir, 'cluster.new/data'), { recursive: true })
    writeFileSync(join(dataDir, 'cluster.new/data/PG_VERSION'), '18\n')
    writeFileSync(join(dataDir, 'owner.json'), '{"pid": 2147483646}')
    const db = create(dataDir)
    await db.start()
    expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
    expect(readdirSync(dataDir).sort()).to.deep.equal(['cluster', 'owner.json'])
  })

  it('does not believe a postmaster.pid whose process is another program', async () => {
    const dataDir = usedFolder
    writeFileSync(join(dataDir, 'cluster/data/postmaster.pid'), `${process.pid}\n`)
    const db = create(dataDir)
    await db.start()
    expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
  })

  it('does not believe a postmaster.pid whose process is the server of another folder', async () => {
    const otherFolder = makeFolder()
    const other = create(otherFolder)
    await other.start()
    const pid = readFileSync(join(otherFolder, 'cluster/data/postmaster.pid'), 'utf8').split('\n')[0]!
    const askPid = () => other.one('select pg_backend_pid() as pid')
    const before = await askPid()
    writeFileSync(join(usedFolder, 'cluster/data/postmaster.pid'), `${pid}\n`)
    const db = create(usedFolder)
    await db.start()
    expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
    expect(isRunning(Number(pid))).to.equal(true)
    expect(await askPid()).to.deep.equal(before)
  })

  it('ends a server of its folder that outlived its process and the watchdog', async function () {
    if (process.platform !== 'linux') return this.skip()
    const { child } = await run(usedFolder)
    const pid = Number.parseInt(readFileSync(join(usedFolder, 'cluster/data/postmaster.pid'), 'utf8'), 10)
    for (const parent of watchdogsOf(pid)) process.kill(parent, 'SIGKILL')
    await kill(child)
    expect(isRunning(pid)).to.equal(true)
    const db = create(usedFolder)
    await db.start()
    expect(isServer(pid)).to.equal(false)
    expect(await db.many('select id from kept')).to.deep.equal([{ id: 1 }])
  })

  it('names the version that the data need when none of those installed fits', async () => {
    const dataDir = usedFolder
    const file = join(dataDir, 'cluster/data/PG_VERSION')
    const version = readFileSync(file)
    writeFileSync(file, '9\n')
    const error = await failureOf(create(dataDir).start())
    writeFileSync(file, version)
    expect(LokstraError.is(error) && error.code).to.equal('E_EMBEDDED_VERSION')
    expect(error.message).to.contain('Postgres 9')
  })

  it('says which folder it cannot use', async () => {
    const file = join(makeFolder(), 'file')
    writeFileSync(file, '')
    const error = await failureOf(create(join(file, 'data')).start())
    expect(LokstraError.is(error) && error.code).to.equal('E_EMBEDDED_FOLDER')
    expect(error.message).to.contain(file)
  })

  it('works for root below a folder that other users may not enter', async function () {
    if (process.getuid?.() !== 0) return this.skip()
    const closed = makeFolder()
    const dataDir = join(closed, 'project/.lokstra/postgres')
    const db = create(dataDir)
    await db.start()
    await db.query('create table kept (id int); checkpoint')
    await db.stop()
    expect(existsSync(join(dataDir, 'cluster/data/PG_VERSION'))).to.equal(true)
  })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** The shell above a server, and the one beside it that waits for the end of this process. */
function watchdogsOf(server: number): number[] {
  const fieldsOf = (pid: string | number): string[] => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  const shell = Number(fieldsOf(server)[1])
  const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ').map(Number)
  return [shell, ...children.filter((pid) => pid !== server)]
}

/** A dead one that nobody has collected does not count. */
function isServer(pid: number): boolean {
  return existsSync(`/proc/${pid}/cwd`) && existsSync(`/proc/${pid}/exe`)
}

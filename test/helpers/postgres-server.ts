import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { freePort } from './free-port.js'
import { skipSuite } from './skip-suite.js'

/** Postgres refuses to run as root: then it runs as nobody. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Interrupts "$@" when standard input ends, so that no server outlives a test run that was killed. */
const watchdog = 'exec 3<&0; "$@" </dev/null 3<&- & child=$!; (read -r _ <&3; kill -INT $child) & wait $child'

/** Files of a certificate and its key. */
interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A Postgres of its own on a free port of 127.0.0.1, with its data in a temporary folder. */
export class PostgresServer {
  readonly port: number
  readonly url: string
  readonly #bin: string
  readonly #folder: string
  #settings: Readonly<Record<string, string>> = {
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '16MB',
    unix_socket_directories: '',
  }
  #process: ChildProcess | undefined

  private constructor(bin: string, folder: string, port: number, password: string) {
    this.#bin = bin
    this.#folder = folder
    this.port = port
    this.url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  }

  /** Where `initdb` and `postgres` are: on PATH, or where Debian keeps them. Undefined when this machine has none. */
  static find(): string | undefined {
    const debian = '/usr/lib/postgresql'
    const folders = [...(process.env.PATH ?? '').split(delimiter)]
    try {
      folders.unshift(...readdirSync(debian).map((version) => join(debian, version, 'bin')))
    } catch {
      // Not Debian.
    }
    return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
  }

  /** Skips the running suite, and says how to have it run, where there is no Postgres; fails instead when `CI=true`. */
  static async startOrSkip(suite: Mocha.Context, tls?: Certificate): Promise<PostgresServer> {
    const bin = PostgresServer.find()
    if (bin !== undefined) return PostgresServer.start(bin, tls)
    return skipSuite(
      suite,
      'No Postgres on this machine: apt-get install postgresql, or put initdb and postgres on PATH',
    )
  }

  /** @param tls  clients may ask for encryption then */
  static async start(bin: string, tls?: Certificate): Promise<PostgresServer> {
    const folder = mkdtempSync('/tmp/lokstra-test-pg-')
    const password = randomBytes(8).toString('hex')
    writeFileSync(join(folder, 'password'), password)
    if (user.uid !== undefined)
      for (const path of [folder, join(folder, 'password')]) chownSync(path, user.uid, user.gid)
    const args = ['-D', 'data', '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', 'password', '-N', '-E', 'UTF8']
    const made = spawnSync(join(bin, 'initdb'), [...args, '--locale=C'], { cwd: folder, ...user, encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
    const server = new PostgresServer(bin, folder, await freePort(), password)
    if (tls) server.#useTls(tls)
    await server.start()
    return server
  }

  /** Starts it again on the same port, after {@link kill}. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const output = await this.#launch()
      if (output === undefined) return
      // The connections of a killed server hold its memory until they have noticed.
      if (attempt === 20 || !/still in use|already exists/.test(output)) throw new Error(`postgres failed: ${output}`)
      await delay(100)
    }
  }

  /** kill -9, as a crash would. */
  async kill(): Promise<void> {
    const pid = Number.parseInt(readFileSync(join(this.#folder, 'data/postmaster.pid'), 'utf8'), 10)
    const ended = this.#ended()
    process.kill(pid, 'SIGKILL')
    await ended
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    const ended = this.#ended()
    this.#process?.stdin?.end()
    await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #useTls({ cert, key }: Certificate): void {
    for (const [source, name] of [
      [cert, 'server.crt'],
      [key, 'server.key'],
    ] as const) {
      const file = join(this.#folder, 'data', name)
      copyFileSync(source, file)
      chmodSync(file, 0o600)
      if (user.uid !== undefined) chownSync(file, user.uid, user.gid)
    }
    this.#settings = { ...this.#settings, ssl: 'on' }
  }

  async #ended(): Promise<void> {
    const child = this.#process
    if (child?.exitCode !== null || child.signalCode !== null) return
    await new Promise((resolve) => child.once('exit', resolve))
  }

  /** @returns undefined when it is ready, else what it said */
  #launch(): Promise<string | undefined> {
    const options = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const postgres = [join(this.#bin, 'postgres'), '-D', 'data', '-p', String(this.port), '-h', '127.0.0.1', ...options]
    const child = spawn('/bin/sh', ['-c', watchdog, 'sh', ...postgres], {
      cwd: this.#folder,
      ...user,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#process = child
    return new Promise((resolve) => {
      let output = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('ready to accept connections')) resolve(undefined)
      })
      child.once('exit', () => resolve(output))
    })
  }
}

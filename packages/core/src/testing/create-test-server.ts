import type { Override } from '../assembly/add-built-ins.js'
import type { AbstractClass, Class } from '../decorators/metadata.js'
import { captureSite } from '../errors/call-site.js'
import type { Token } from '../container/service-definition.js'
import { Logger, type LogLevel } from '../logging/logger.js'
import { Server } from '../server/server.js'
import type { AppOptions, ServerOptions } from '../server/server-options.js'
import { inject, type InjectOptions, type TestResponse } from './inject.js'
import { track } from './disposal.js'
import { MemoryLogger, type LogLine } from './memory-logger.js'

/** A server in code, and what stands in for its services. */
export interface TestServerOptions extends ServerOptions {
  /** Shorthand for one app with these controllers, the first of the server. */
  readonly controllers?: readonly Class[]
  /** Further options of that app. */
  readonly app?: AppOptions
  /** Services replaced before anything is constructed. */
  readonly overrides?: readonly Override[]
  /** Opens a socket on 127.0.0.1, on a free port. Default false: requests stay in memory. */
  readonly listen?: boolean
  /** Lowest level kept in `logs`. Default `trace`. */
  readonly logLevel?: LogLevel
}

/** Replaces every service that injecting `token` could give. */
export function override<T extends object>(token: AbstractClass<T>, value: Partial<T>): Override
export function override(token: string, value: object): Override
export function override(token: Token, value: object): Override {
  return { token, value, site: captureSite(override) }
}

/** A started server and the means to talk to it. Disposed by itself at the end of the test that created it. */
export class TestServer implements AsyncDisposable {
  readonly server: Server
  /** What the server and its services logged, in order. */
  readonly logs: readonly LogLine[]
  readonly #expected: RegExp[] = []
  #unexpected: (() => readonly Error[]) | undefined

  constructor(server: Server, log: MemoryLogger) {
    this.server = server
    this.logs = log.lines
    this.#unexpected = () => log.lines.filter((line) => isUnhandled(line)).map((line) => line.fields.err as Error)
  }

  /** Sends a request in memory to the first app, or to the app of that name. */
  inject(method: string, path: string, options: InjectOptions & { readonly app?: string } = {}): Promise<TestResponse> {
    return inject(this.#listener(options.app).handle, method, path, options)
  }

  /** Base URL of the first app, or of the app of that name; only with `listen: true`. */
  url(app?: string): string {
    const { url } = this.#listener(app)
    if (url.endsWith(':0'))
      throw new Error('The server has no socket: create it with createTestServer({ listen: true })')
    return url
  }

  /** `fetch` against the socket of the first app; only with `listen: true`. */
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url()}${path}`, init)
  }

  /** A constructed singleton. */
  get<T extends object>(token: AbstractClass<T>, name?: string): T {
    return this.server.get(token, name)
  }

  /** Errors without a status that match are expected: they do not fail the test. */
  expectError(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  /** Stops the server. @throws the first error without a status that no `expectError` announced */
  async dispose(): Promise<void> {
    await this.server.stop()
    const unexpected = this.#unexpected?.().find(
      (error) => !this.#expected.some((pattern) => pattern.test(String(error))),
    )
    this.#unexpected = undefined
    if (unexpected) {
      throw new Error(`A handler failed with an error that the test did not expect: ${String(unexpected)}`, {
        cause: unexpected,
      })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  #listener(app: string | undefined) {
    const { listeners } = this.server
    const found =
      app === undefined ? listeners[0] : listeners.find(({ apps }) => apps.some(({ scope }) => scope.name === app))
    if (!found) throw new Error(`The server has no app ${app ?? ''}`)
    return found
  }
}

/**
 * Starts a server for a test: the same one that production runs, with a logger that keeps its lines, addresses on free ports of
 * 127.0.0.1, and services of your choice replaced.
 * @throws what {@link Server.start} throws
 */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const site = captureSite(createTestServer)
  const { controllers, app, overrides = [], listen = false, logLevel = 'trace', ...serverOptions } = options
  const own = controllers || app ? [{ ...app, controllers: [...(app?.controllers ?? []), ...(controllers ?? [])] }] : []
  const apps = own.length > 0 ? { apps: [...own, ...(options.apps ?? [])] } : {}
  const log = new MemoryLogger(logLevel)
  const logOverride: Override[] = overrides.some(({ token }) => token === Logger) ? [] : [{ token: Logger, value: log }]
  // A test has its answers before it stops the server: nothing more comes over its connections.
  const shutdown = { idle: 0, ...serverOptions.shutdown }
  const server = new Server(
    { ...serverOptions, ...apps, shutdown, freePorts: true },
    [...overrides, ...logOverride],
    site,
  )
  const test = new TestServer(server, log)
  track(test)
  await server.start({ listen })
  return test
}

/** The line that the server writes for an error without a status. */
function isUnhandled({ level, message, fields }: LogLine): boolean {
  return (
    level === 'error' && message === 'request failed' && fields.err !== undefined && !('status' in Object(fields.err))
  )
}

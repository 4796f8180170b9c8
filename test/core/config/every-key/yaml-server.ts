import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { Context, createServer, Get, Logger, Post, Route, type Server, type ServerOptions } from '@lokstra/core'
import { Allow, IsOptional } from 'class-validator'

import { createAppFolder } from '../../../helpers/app-folder.js'
import { recordLog, type RecordedLog } from '../../../services/recorded-log.js'

class Echo {
  @Allow() @IsOptional() value?: unknown
}

/** What the effects of keys are seen on. */
@Route('/probe')
export class Probe {
  /** How often {@link Probe.wait} was called. */
  static waiting = 0

  @Get() get(ctx: Context) {
    return { requestId: ctx.requestId }
  }
  @Post() echo(input: Echo) {
    return input
  }
  /** Answers when the client is gone, and not before. */
  @Get('/wait') wait(ctx: Context) {
    Probe.waiting++
    return new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
  }
  @Get('/fail') fail(): never {
    throw new Error('the secret reason')
  }
}

/** A server that is described by a file, listening. */
export interface YamlServer extends AsyncDisposable {
  readonly server: Server
  readonly folder: string
  readonly log: RecordedLog
  /** Of the first address. */
  readonly url: string
  request(path: string, init?: RequestInit): Promise<Response>
  /** Opens a connection to the first address and says something. */
  socket(text?: string): Promise<Socket>
}

/** Further files by path, and what the code of the application adds. */
export interface YamlServerOptions {
  readonly files?: Readonly<Record<string, string>>
  readonly code?: ServerOptions
  /** Leaves the log to the configuration. Default false: it is recorded. */
  readonly ownLog?: boolean
}

/** Starts `lokstra.yaml` in a folder of its own, with the packages of this repository installed. */
export async function startYaml(yaml: string, options: YamlServerOptions = {}): Promise<YamlServer> {
  const { files = {}, code = {}, ownLog = false } = options
  const app = await createAppFolder({ 'lokstra.yaml': yaml, ...files }, [
    '@lokstra/core',
    '@lokstra/services',
    '@lokstra/middleware',
    'class-validator',
  ])
  const log = recordLog()
  const recorded = ownLog ? [] : [{ value: log.log, provides: Logger }]
  const server = createServer({
    file: `${app.path}/lokstra.yaml`,
    ...code,
    services: [...recorded, ...(code.services ?? [])],
  })
  try {
    await server.start()
  } catch (error) {
    await app[Symbol.asyncDispose]()
    throw error
  }
  const url = server.listeners[0]!.url
  const sockets: Socket[] = []
  return {
    server,
    folder: app.path,
    log,
    url,
    request: (path, init) => fetch(`${url}${path}`, init),
    async socket(text = '') {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
        .setEncoding('utf8')
        .on('error', () => undefined)
      sockets.push(socket)
      await once(socket, 'connect')
      socket.write(text)
      return socket
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await server.stop()
      await app[Symbol.asyncDispose]()
    },
  }
}

/** One app named `api` that serves {@link Probe} on a free port. @param keys  of the app, in flow style */
export function probeApp(keys = '', more = ''): string {
  return `${more}\napps:\n  - { name: api, listen: '127.0.0.1:0'${keys === '' ? '' : `, ${keys}`} }\nshutdown: { timeout: 500ms, idle: 0 }\n`
}

/** The code that {@link probeApp} needs. */
export const probe: ServerOptions = { apps: [{ name: 'api', controllers: [Probe] }] }

/** All that comes until the connection ends. */
export async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk as string
  return text
}

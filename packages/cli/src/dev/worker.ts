import type { AddressInfo, Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

import {
  BootError,
  createServer,
  describeBootFailure,
  type Entrance,
  type EntranceRequest,
  importedOffers,
  type Server,
  useLifeline,
} from '@lokstra/core'

import { lifelineFd } from './lifeline.js'
import { LoadedFiles } from './loaded-files.js'
import type { FromWorker, ToWorker } from './messages.js'

/** Runs the project once it is told to: the process is there, with the framework loaded, before there is something to run. */
class ProjectProcess {
  #server: Server | undefined
  #color = false
  readonly #entrances: EntranceRequest[] = []
  readonly #entering = new Map<number, { enter: (bound: AddressInfo) => void; fail: (error: Error) => void }>()

  listen(): void {
    process.on('message', (message, handle) => this.#receive(message as ToWorker, handle as Socket | undefined))
    // Nobody is left to stop it.
    process.on('disconnect', () => void this.#stop())
    // Ctrl-C is for the supervisor, which stops its processes in order.
    process.on('uncaughtExceptionMonitor', this.#tellOfCrash)
    process.on('unhandledRejection', this.#tellOfCrash)
  }

  #receive(message: ToWorker, handle: Socket | undefined): void {
    switch (message.type) {
      case 'start':
        this.#color = message.color
        void this.#start(createServer(message.options))
        break
      case 'warm':
        void this.#warm(message.files)
        break
      case 'entered':
        this.#entering.get(message.entrance)?.enter(message.bound)
        break
      case 'entrance-failed':
        this.#entering.get(message.entrance)?.fail(Object.assign(new Error(message.message), { code: message.code }))
        break
      case 'connection':
        if (handle) this.#accept(message, handle)
        break
      case 'reload':
        void this.#reload()
        break
      case 'stop':
        void this.#stop()
        break
    }
  }

  /** What cannot be loaded is told by whoever needs it. */
  async #warm(files: readonly string[]): Promise<void> {
    const loaded = await LoadedFiles.open()
    // What it cannot tell of might change unnoticed.
    if (loaded) await Promise.all(files.map((file) => import(pathToFileURL(file).href).catch(() => undefined)))
    const { rehearse } = await import('./rehearsal/rehearse.js')
    // Beside the real start it would only be in its way.
    if (!this.#server) await rehearse().catch(() => undefined)
    if (!this.#server) tell({ type: 'warmed', files: loaded?.list() ?? [] })
  }

  async #start(server: Server): Promise<void> {
    this.#server = server
    try {
      await server.start({ signals: true, entrance: this.#enter })
      tell({ type: 'ready', urls: server.listeners.map(({ url }) => url), packages: importedOffers() })
    } catch (error) {
      tell({ type: 'failed', ...this.#describe(error) }, () => process.exit(1))
    }
  }

  async #reload(): Promise<void> {
    try {
      const { outcome, problems, needsRestart } = await this.#server!.reload({ logRefusal: false })
      if (outcome === 'refused') tell({ type: 'refused', ...this.#describe(new BootError(problems)) })
      else tell({ type: 'reloaded', needsRestart })
    } catch (error) {
      tell({ type: 'refused', ...this.#describe(error) })
    }
  }

  async #stop(): Promise<void> {
    await this.#server?.stop()
    process.exit(0)
  }

  readonly #enter: Entrance = ({ accept, ...request }) => {
    const entrance = this.#entrances.push({ ...request, accept }) - 1
    tell({ type: 'enter', entrance, ...request })
    return new Promise((enter, fail) => this.#entering.set(entrance, { enter, fail }))
  }

  #accept({ entrance, head }: Extract<ToWorker, { type: 'connection' }>, socket: Socket): void {
    // As for sockets that a server of Node has accepted itself.
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    socket.unshift(head)
    this.#entrances[entrance]!.accept(socket)
  }

  readonly #tellOfCrash = (error: unknown): void => tell({ type: 'crashed', text: describeBootFailure(error) })

  #describe(error: unknown): { readonly text: string; readonly shown: string } {
    return { text: describeBootFailure(error), shown: describeBootFailure(error, { color: this.#color }) }
  }
}

function tell(message: FromWorker, sent?: () => void): void {
  if (process.connected) process.send!(message, () => sent?.())
  else sent?.()
}

// In a thread of its own: a project that is busy for ever must end as well when the supervisor is gone.
new Worker(new URL('./lifeline.js', import.meta.url), { workerData: lifelineFd }).unref()
useLifeline(lifelineFd)
new ProjectProcess().listen()

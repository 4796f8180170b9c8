import { setTimeout as delay } from 'node:timers/promises'
import { basename } from 'node:path'
import { describeBootFailure, LokstraError, type ServerOptions } from '@lokstra/core'

import { Compiler, type Layout } from './compiler.js'
import type { DevConsole } from './dev-console.js'
import { Entrances } from './entrances.js'
import type { Failure } from './messages.js'
import type { Project } from './project.js'
import { removeStaleOutputs } from './remove-stale-outputs.js'
import { SourceWatch, type Effect } from './source-watch.js'
import { Spare } from './spare.js'
import { WorkerProcess } from './worker-process.js'

/** Quiet for this long, in milliseconds, and a change is complete: several files are saved, or checked out, one after the other. */
const quietMs = 25

/** What is still to be done. */
interface Work {
  readonly files: Set<string>
  /** The strongest of what the files ask for. */
  effect: Effect | undefined
  /** Milliseconds of `performance.now()` when the first of it came. */
  since: number
}

/** Runs a project while it is changed: one process after the other, each of the code and the configuration as they were saved last. */
export class Supervisor {
  readonly #options: ServerOptions
  readonly #console: DevConsole
  readonly #color: boolean
  readonly #env: NodeJS.ProcessEnv
  readonly #compiler: Compiler
  readonly #entrances = new Entrances()
  readonly #watch: SourceWatch
  readonly #workers = new Set<WorkerProcess>()
  readonly #closed = new AbortController()
  #work: Work = { files: new Set(), effect: undefined, since: performance.now() }
  /** Aborted by the next change. */
  #step = new AbortController()
  #wake: (() => void) | undefined
  #isBuilt = false
  /** Of the project and those that it refers to, as far as they could be read. */
  #layouts: readonly Layout[] = []
  /** The one that serves, or is starting. */
  #current: WorkerProcess | undefined
  readonly #spare = new Spare(() => this.#spawn())

  constructor(project: Project, options: ServerOptions, console: DevConsole, color: boolean) {
    this.#options = options
    this.#console = console
    this.#color = color
    this.#env = { ...process.env, NODE_ENV: process.env.NODE_ENV ?? 'development' }
    this.#compiler = new Compiler(project)
    this.#watch = new SourceWatch(project, this.#changed, (error) =>
      console.note(`files cannot be watched: ${(error as Error).message}`),
    )
  }

  /** Resolves when {@link stop} was called and everything has ended. */
  async run(): Promise<void> {
    try {
      this.#spare.prepare()
      await Promise.all([this.#readLayouts(), this.#watch.ready()])
      while (!this.#closed.signal.aborted) await this.#follow()
    } finally {
      await this.#end()
    }
  }

  /** Ends everything in order. */
  stop(): void {
    this.#closed.abort()
    this.#step.abort()
    // One that is starting would have to be waited for otherwise.
    for (const worker of this.#workers) void worker.stop()
    this.#wake?.()
  }

  /** Ends everything at once. */
  kill(): void {
    for (const worker of this.#workers) worker.kill()
  }

  readonly #changed = (file: string, effect: Effect): void => {
    if (this.#work.effect === undefined) this.#work.since = performance.now()
    this.#work.files.add(file)
    this.#work.effect = stronger(effect, this.#work.effect)
    this.#entrances.hold()
    // What runs is the code of before: it gets the time of the compile to end its requests.
    if (effect !== 'reload') void this.#current?.stop()
    // Where packages are found is remembered by each process.
    if (basename(file) === 'package.json') this.#spare.drop()
    this.#step.abort()
    this.#wake?.()
  }

  /** Brings the project up to date, and waits until it is not any more. */
  async #follow(): Promise<void> {
    this.#watch.look()
    this.#step = new AbortController()
    const work = this.#take()
    const failure = await this.#bringUpToDate(work)
    if (this.#step.signal.aborted) this.#putBack(work)
    else if (failure) this.#fail(failure)
    else if (this.#current) this.#entrances.giveTo(this.#current)
    // Requests that wait are answered first.
    if (!this.#closed.signal.aborted) this.#spare.prepare()
    await this.#nextChange()
  }

  #take(): Work {
    const work = this.#work
    this.#work = { files: new Set(), effect: undefined, since: performance.now() }
    if (work.files.size > 0) this.#console.changed([...work.files])
    return work
  }

  /** What was begun and not finished is begun again, with what has come since. It was told of already. */
  #putBack({ effect, since }: Work): void {
    this.#work.effect = stronger(effect, this.#work.effect)
    this.#work.since = since
  }

  async #nextChange(): Promise<void> {
    while (!this.#closed.signal.aborted && this.#work.files.size === 0 && !this.#step.signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    for (let known = -1; known !== this.#work.files.size && !this.#closed.signal.aborted;) {
      known = this.#work.files.size
      await delay(quietMs)
    }
  }

  /** @returns why the project does not run; of no meaning when the step is aborted */
  async #bringUpToDate({ effect, since, files }: Work): Promise<Failure | undefined> {
    const { signal } = this.#step
    if (effect === 'reload' && this.#isBuilt && this.#current && !this.#current.isStopping) {
      const reloaded = await this.#current.reload()
      if (reloaded.outcome === 'failed') return reloaded.failure
      if (reloaded.outcome === 'done') {
        if (!signal.aborted) this.#console.reloaded(performance.now() - since)
        return undefined
      }
    }
    if (effect === 'compile' || !this.#isBuilt) {
      const failure = await this.#build([...files], signal)
      if (failure || signal.aborted) return failure
    }
    return this.#restart(since, signal)
  }

  async #build(files: readonly string[], signal: AbortSignal): Promise<Failure | undefined> {
    this.#isBuilt = false
    const fail = (text: string, shown: string): Failure => ({ kind: 'build', title: 'The build failed', text, shown })
    try {
      const isKnown = this.#layouts.length > 0 && !files.some((file) => /tsconfig[^/\\]*\.json$/.test(file))
      if (!isKnown) await this.#readLayouts()
      // A compile that went on after a change would note a later time than that of the change, and the next one would take it for done.
      const { succeeded, text, shown } = await this.#compiler.compile(this.#layouts, signal)
      if (signal.aborted) return undefined
      if (!succeeded) return fail(text, this.#color ? shown : text)
      await removeStaleOutputs(this.#layouts)
    } catch (error) {
      // The compiler may be missing while packages are installed, and a file may be in use.
      const { message } = error as Error
      if (!LokstraError.is(error)) return fail(message, message)
      return fail(describeBootFailure(error), describeBootFailure(error, { color: this.#color }))
    }
    this.#isBuilt = true
    return undefined
  }

  async #restart(since: number, signal: AbortSignal): Promise<Failure | undefined> {
    await Promise.all([this.#current?.stop(), this.#spare.ready()])
    if (signal.aborted) return undefined
    const worker = (this.#current = this.#spare.take())
    const started = await worker.start(this.#options, this.#color)
    if ('kind' in started) {
      this.#current = undefined
      await worker.stop()
      return started
    }
    this.#spare.expect(started.packages)
    void worker.ended.then((failure) => this.#ended(worker, failure))
    if (!signal.aborted) this.#console.ready(performance.now() - since, started.urls)
    return undefined
  }

  #ended(worker: WorkerProcess, failure: Failure): void {
    if (this.#current !== worker) return
    this.#current = undefined
    if (!worker.isStopping && !this.#closed.signal.aborted) this.#fail(failure)
  }

  #fail(failure: Failure): void {
    this.#entrances.refuse(failure)
    this.#console.failed(failure)
    // Nothing of before answers any more, not even on connections that it has.
    void this.#current?.stop()
  }

  async #readLayouts(): Promise<void> {
    const layouts = await this.#compiler.layouts(this.#closed.signal)
    if (layouts.length === 0) return
    this.#layouts = layouts
    this.#watch.cover(layouts)
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess(this.#entrances, this.#env)
    this.#workers.add(worker)
    void worker.ended.then(() => this.#workers.delete(worker))
    return worker
  }

  async #end(): Promise<void> {
    this.#entrances.close()
    await Promise.all([this.#watch.close(), ...Array.from(this.#workers, (worker) => worker.stop())])
  }
}

function stronger(one: Effect | undefined, other: Effect | undefined): Effect | undefined {
  const order: readonly (Effect | undefined)[] = [undefined, 'reload', 'restart', 'compile']
  return order[Math.max(order.indexOf(one), order.indexOf(other))]
}

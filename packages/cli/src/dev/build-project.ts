import { resolve } from 'node:path'
import { hasColors, lokstraError } from '@lokstra/core'

import { E_BUILD_FAILED } from '../catalogue/development.js'
import { inspect } from '../inspect.js'
import type { ConfigurationOptions } from '../options.js'
import { abortOnSignals } from '../ui/abort-on-signals.js'
import { Compiler, type Compiled, type Layout } from './compiler.js'
import { findProject } from './project.js'
import { removeStaleOutputs } from './remove-stale-outputs.js'

/** What a build has come to. */
export interface BuildReport {
  readonly seconds: number
  /** Compiled files that were removed, as their source is gone. */
  readonly removed: number
  readonly apps: number
  readonly routes: number
}

/**
 * Compiles a project once, and checks what has come of it as a start would, constructing nothing.
 * @param output  receives what the compiler says of mistakes
 * @throws E_TSCONFIG_MISSING · E_TYPESCRIPT_MISSING · E_BUILD_FAILED · E_COMPILER_ENDED · BootError or the single problem found
 */
export async function buildProject(options: ConfigurationOptions, output: NodeJS.WriteStream): Promise<BuildReport> {
  const startedAt = performance.now()
  const compiler = new Compiler(findProject(resolve(options.config)))
  const { layouts, succeeded, text, shown } = await compile(compiler)
  if (!succeeded) {
    output.write(`${hasColors(output) ? shown : text}\n\n`)
    // The compiler says only that it cannot resolve the signature of a decorator.
    const areDecoratorsRefused = / error TS12(?:38|40|41):/.test(text)
    throw lokstraError(E_BUILD_FAILED, {
      errors: text.match(/ error TS\d+:|^error TS\d+:/gm)?.length ?? 0,
      areDecoratorsRefused,
    })
  }
  const removed = await removeStaleOutputs(layouts)
  const apps = await inspect(options, (server) => server.routes())
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    removed: removed.length,
    apps: apps.length,
    routes: apps.reduce((sum, { routes }) => sum + routes.length, 0),
  }
}

/** Cut off by a signal, it leaves no compiler behind. */
async function compile(compiler: Compiler): Promise<Compiled & { readonly layouts: readonly Layout[] }> {
  using interruption = abortOnSignals()
  const { signal } = interruption
  const layouts = await compiler.layouts(signal)
  const compiled = await compiler.compile(layouts, signal)
  signal.throwIfAborted()
  return { ...compiled, layouts }
}

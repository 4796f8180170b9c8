import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, type } from 'node:os'
import { dirname, join } from 'node:path'

import type { Machine } from '../report/results.js'

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    system: `${type()} ${arch()}`,
  }
}

const libraries = ['fastify', '@nestjs/core', 'hono', 'express', 'zod', 'class-validator', 'ajv', '@sinclair/typebox']

/** Versions of the libraries that are compared. */
export function libraryVersions(): Readonly<Record<string, string>> {
  return Object.fromEntries(libraries.map((name) => [name, versionOf(name)]))
}

/** Not every package exports its `package.json`, so it is looked for above the main file. */
function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name))
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string
        version?: string
      }
      if (manifest.name === name && manifest.version !== undefined) return manifest.version
    } catch {
      // A folder without a manifest.
    }
    if (folder === dirname(folder)) return 'unknown'
    folder = dirname(folder)
  }
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createTestServer, type TestServer, type TestServerOptions } from '@lokstra/core/testing'

import { createAppFolder } from './app-folder.js'

/** A server that runs from a `lokstra.yaml` of its own, over sockets. */
export interface LiveServer extends AsyncDisposable {
  readonly folder: string
  readonly test: TestServer
  /** Writes a file of the folder; `lokstra.yaml` unless another is named. */
  write(text: string, file?: string): Promise<void>
  /** Writes `lokstra.yaml` and reloads. */
  change(text: string): ReturnType<TestServer['server']['reload']>
}

export async function startLive(
  yaml: string,
  options: TestServerOptions = {},
  installed: readonly string[] = [],
): Promise<LiveServer> {
  const folder = await createAppFolder({ 'lokstra.yaml': yaml }, installed)
  const write = (text: string, file = 'lokstra.yaml') => writeFile(join(folder.path, file), text)
  try {
    const test = await createTestServer({ listen: true, ...options, file: join(folder.path, 'lokstra.yaml') })
    return {
      folder: folder.path,
      test,
      write,
      async change(text) {
        await write(text)
        return test.server.reload()
      },
      async [Symbol.asyncDispose]() {
        await test.dispose()
        await folder[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

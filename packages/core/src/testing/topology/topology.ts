import type { AbstractClass } from '../../decorators/metadata.js'
import { track } from '../disposal.js'
import { createTestServer, type TestServer } from '../create-test-server.js'
import type { InjectOptions, TestResponse } from '../inject.js'
import { request } from './request.js'
import type { TopologyOptions } from './topology-options.js'

/** The servers of a deployment, started for a test. Stopped by itself at the end of the test that created it. */
export class Topology implements AsyncDisposable {
  readonly #server: TestServer

  constructor(server: TestServer) {
    this.#server = server
  }

  /** A published service, as those see it that inject it. */
  get<T extends object>(type: AbstractClass<T>): T {
    return this.#server.get(type)
  }

  /** Sends a request to the server that has the app. */
  request(app: string, method: string, path: string, options: InjectOptions = {}): Promise<TestResponse> {
    return request(this.#server.url(app), method, path, options)
  }

  stop(): Promise<void> {
    return this.#server.dispose()
  }

  dispose(): Promise<void> {
    return this.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

export async function createTopology({ file, set = [], env, overrides = [] }: TopologyOptions): Promise<Topology> {
  const server = await createTestServer({ file, set, overrides, listen: true, ...(env && { env }) })
  const topology = new Topology(server)
  track(topology)
  return topology
}

import { describeBootFailure } from '@lokstra/core'

import type { YamlServer } from './yaml-server.js'

/** What a start that fails prints. */
export async function describeFailure(starting: Promise<YamlServer>): Promise<string> {
  let server: YamlServer
  try {
    server = await starting
  } catch (error) {
    return describeBootFailure(error)
  }
  await server[Symbol.asyncDispose]()
  throw new Error('It started')
}

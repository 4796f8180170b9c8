import { resolve } from 'node:path'
import { createServer, describeBootFailure, type DescribeOptions } from '@lokstra/core'

/** Prints the routes of a configuration; nothing is constructed or opened. The exit code is 1 when the configuration has mistakes. */
export async function routes(config: string, options: DescribeOptions): Promise<void> {
  try {
    process.stdout.write(`${await createServer({ file: resolve(config) }).describeRoutes(options)}\n`)
  } catch (error) {
    process.stderr.write(`${describeBootFailure(error)}\n`)
    process.exitCode = 1
  }
}

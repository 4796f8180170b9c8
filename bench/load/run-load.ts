import { setTimeout as sleep } from 'node:timers/promises'

import type { BenchRequest } from '../workloads.js'
import { LoadConnection, type PreparedRequest } from './connection.js'

/** What the load process is told to do; either time or number of requests bounds it. */
export interface LoadOrder {
  readonly port: number
  readonly connections: number
  readonly requests: readonly (BenchRequest & { readonly status: number })[]
  readonly seconds?: number
  readonly count?: number
}

export interface LoadReport {
  readonly answered: number
  readonly seconds: number
  /** CPU of the load process in seconds. */
  readonly cpuSeconds: number
}

/** Sends requests over keep-alive connections, each waiting for its answer. @throws when any answer is not as expected */
export async function runLoad({ port, connections, requests, seconds, count }: LoadOrder): Promise<LoadReport> {
  const prepared = requests.map((request) => prepare(request, port))
  const open: LoadConnection[] = []
  let fail: (error: Error) => void
  const failure = new Promise<never>((_resolve, reject) => (fail = reject))
  failure.catch(() => undefined)
  const end = new AbortController()
  try {
    const connected = Array.from({ length: connections }, (_, index) => {
      return new Promise<void>((resolve) => {
        open.push(new LoadConnection(port, prepared, index, (error) => fail(error), resolve))
      })
    })
    await Promise.race([Promise.all(connected), failure])
    const begun = process.hrtime.bigint()
    const cpu = process.cpuUsage()
    for (const connection of open) connection.start()
    await Promise.race([
      seconds === undefined ? reached(open, count ?? 0, end.signal) : sleep(seconds * 1000, undefined, end),
      failure,
    ])
    // What is under way then counts with the time that it takes: in a short window it is a share of all that a slow server answers.
    await Promise.race([Promise.all(open.map((connection) => connection.stop())), failure])
    const elapsed = Number(process.hrtime.bigint() - begun) / 1e9
    const { user, system } = process.cpuUsage(cpu)
    return { answered: sum(open), seconds: elapsed, cpuSeconds: (user + system) / 1e6 }
  } finally {
    end.abort()
    for (const connection of open) connection.destroy()
  }
}

function prepare(
  { method, path, headers = {}, body = '', status }: LoadOrder['requests'][number],
  port: number,
): PreparedRequest {
  const lines = [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== '') lines.push(`content-length: ${Buffer.byteLength(body)}`)
  return { bytes: Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), status }
}

async function reached(open: readonly LoadConnection[], count: number, signal: AbortSignal): Promise<void> {
  while (sum(open) < count) await sleep(5, undefined, { signal })
}

function sum(open: readonly LoadConnection[]): number {
  return open.reduce((total, { answered }) => total + answered, 0)
}

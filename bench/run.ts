import { fork, type ChildProcess } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import autocannon from 'autocannon'

import { workloads, type Workload } from './workloads.js'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 3)
const targets = ['node-http', 'lokstra'] as const
type Target = (typeof targets)[number]

/** Requests per second of each target and workload, the targets in turn within each round, so that a drifting machine hits all alike. */
async function main(): Promise<void> {
  const servers = new Map<Target, { process: ChildProcess; url: string }>()
  for (const target of targets) servers.set(target, await startTarget(target))
  try {
    for (const workload of workloads) for (const { url } of servers.values()) await assertAnswer(url, workload)
    for (const workload of workloads) {
      const rates = new Map<Target, number[]>(targets.map((target) => [target, []]))
      // The first requests run cold code; they are not counted.
      for (const { url } of servers.values()) await measure(url, workload, 1)
      for (let round = 0; round < rounds; round++) {
        for (const target of targets)
          rates.get(target)!.push(await measure(servers.get(target)!.url, workload, seconds))
      }
      report(workload, rates)
    }
  } finally {
    for (const { process: child } of servers.values()) child.kill()
  }
}

async function startTarget(target: Target): Promise<{ process: ChildProcess; url: string }> {
  const child = fork(new URL(`./targets/${target}.js`, import.meta.url), {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(message as string))
    child.once('exit', (code) => reject(new Error(`${target} exited with ${code}`)))
  })
  return { process: child, url }
}

async function assertAnswer(
  url: string,
  { name, method, path, headers, body, status, expected }: Workload,
): Promise<void> {
  const response = await fetch(url + path, { method, ...(headers ? { headers } : {}), ...(body ? { body } : {}) })
  const answer: unknown = await response.json()
  if (response.status !== status || (expected !== undefined && !isDeepStrictEqual(answer, expected))) {
    throw new Error(`${url} answers "${name}" with ${response.status} ${JSON.stringify(answer)}`)
  }
}

async function measure(url: string, { method, path, headers, body }: Workload, duration: number): Promise<number> {
  const result = await autocannon({
    url: url + path,
    method,
    ...(headers ? { headers } : {}),
    ...(body ? { body } : {}),
    connections: 64,
    duration,
  })
  return result.requests.average
}

function report({ name }: Workload, rates: ReadonlyMap<Target, readonly number[]>): void {
  const ratios = rates.get('lokstra')!.map((rate, round) => rate / rates.get('node-http')![round]!)
  const format = (values: readonly number[], digits: number) => {
    const sorted = [...values].sort((a, b) => a - b)
    const [low, middle, high] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!]
    return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
  }
  const columns = targets.map((target) => `${target} ${format(rates.get(target)!, 0)} req/s`)
  process.stdout.write(`${name.padEnd(30)}  ${columns.join('  ')}  ratio ${format(ratios, 2)}\n`)
}

await main()

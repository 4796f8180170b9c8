import { difference, type BenchRequest, type Exchange, type Workload } from '../workloads.js'
import type { TargetServer } from './target-server.js'

/** What a target answers differently from what all must answer; empty when it may be measured. */
export async function compareAnswers(
  server: Pick<TargetServer, 'port' | 'target'>,
  workloads: readonly Workload[],
  probes: readonly Exchange[],
): Promise<readonly string[]> {
  const found: string[] = []
  for (const { request, expected } of [...workloads.flatMap(({ exchanges }) => exchanges), ...probes]) {
    const problem = difference(expected, await send(server.port, request))
    if (problem !== undefined) found.push(`${server.target.title}: ${request.method} ${request.path}: ${problem}`)
  }
  return found
}

async function send(port: number, { method, path, headers, body }: BenchRequest) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(headers ? { headers } : undefined),
    ...(body === undefined ? undefined : { body }),
  })
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}

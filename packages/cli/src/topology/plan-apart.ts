import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { lokstraError, type ServerOptions } from '@lokstra/core'

import { E_TOPOLOGY_PLAN } from '../catalogue/topology.js'
import { optionsAsWords } from '../options.js'
import type { PlannedServer } from './plan-topology.js'

const script = fileURLToPath(new URL('../../bin/lokstra.js', import.meta.url))

/**
 * What has to be started for a deployment, found out in another process: the code of the project, which it has to import, does not run
 * beside that of the servers then.
 * @returns undefined where there are mistakes, which are printed
 * @throws E_TOPOLOGY_PLAN
 */
export async function planApart(
  options: ServerOptions & { readonly file: string },
  deployment: string | undefined,
): Promise<readonly PlannedServer[] | undefined> {
  const words = [
    'topology',
    'plan',
    ...optionsAsWords(options),
    ...(deployment === undefined ? [] : ['--', deployment]),
  ]
  const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (signal !== null) throw lokstraError(E_TOPOLOGY_PLAN, { signal })
  return code === 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as readonly PlannedServer[]) : undefined
}

import { resolve } from 'node:path'

import { readConfigFiles } from '../../config/files/read-config-files.js'
import { Variables } from '../../config/layers/variables.js'
import { toPlain } from '../../config/tree/config-node.js'
import { childOf, namesIn } from '../../config/tree/find-node.js'
import { layOver } from '../../config/tree/lay-over.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import type { LokstraError } from '../../errors/lokstra-error.js'
import { throwProblems } from '../../errors/boot-error.js'

/** What the files of a configuration say, placeholders and all. */
export interface RawConfig {
  /** Absolute; what relative paths start from. */
  readonly folder: string
  readonly values: Readonly<Record<string, unknown>>
  /** Names of the servers of the deployment. */
  readonly servers: readonly string[]
  /** Variables, with those of `.env` files. */
  readonly env: NodeJS.ProcessEnv
}

/** @throws E_CONFIG_FILE, E_CONFIG_SYNTAX · an error that names the deployments where there is none of that name */
export async function readRawConfig(file: string, deployment: string, env: NodeJS.ProcessEnv): Promise<RawConfig> {
  const problems: LokstraError[] = []
  const environment = env.LOKSTRA_ENV || env.NODE_ENV || 'development'
  const { folder, layers, variables } = await readConfigFiles(resolve(file), environment, problems)
  throwProblems(problems)
  const root = layers.map((layer) => layer.root).reduce(layOver)
  const deployments = childOf(root, 'deployments')
  const chosen = deployments && childOf(deployments, deployment)
  if (!chosen) {
    const names = namesIn(deployments)
    throw new Error(
      `${file} has no deployment "${deployment}".${didYouMean(deployment, names)} It has: ${names.join(', ')}`,
    )
  }
  return {
    folder,
    values: toPlain(root) as Record<string, unknown>,
    servers: namesIn(childOf(chosen, 'servers')),
    env: new Variables(env, variables).all,
  }
}

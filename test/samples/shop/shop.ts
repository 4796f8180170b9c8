import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { createTopology, type Topology, type TopologyOptions } from '@lokstra/core/testing'

import type * as Shop from '../../../samples/shop/dist/index.js'
import { repositoryRoot } from '../../helpers/repository.js'

/** Folder of the sample. */
export const shopFolder = join(repositoryRoot, 'samples/shop')

/** The very classes that its servers discover. */
export const shop = (await import(pathToFileURL(join(shopFolder, 'dist/index.js')).href)) as typeof Shop

/** The sample with a database of its own. */
export interface OpenShop {
  readonly topology: Topology
  /** Stops it and removes its data. */
  close(): Promise<void>
}

export async function openShop({
  env,
  ...options
}: Pick<TopologyOptions, 'mode' | 'faults' | 'set' | 'env'> & { readonly deployment?: string }): Promise<OpenShop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-shop-'))
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
  try {
    const topology = await createTopology({
      file: join(shopFolder, 'lokstra.yaml'),
      deployment: 'microservices',
      env: { ...process.env, DATA_DIR: dataDir, DURABLE: 'false', ...env },
      ...options,
    })
    const close = async () => {
      await topology.stop()
      remove()
    }
    return { topology, close }
  } catch (error) {
    remove()
    throw error
  }
}

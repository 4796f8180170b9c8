import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { repositoryRoot } from './repository.js'

/** Packs what was built into a folder, as it is published: one `.tgz` for each package. */
export async function packPackages(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(repositoryRoot, 'scripts/pack.js'), folder])
}

/** Writes `@lokstra/core` to a folder as it is published. */
export async function stageCore(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(repositoryRoot, 'scripts/stage-core.js'), folder])
}

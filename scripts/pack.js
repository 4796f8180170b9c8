// Packs the packages into a folder, as they are published. What is packed was built before.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { stageCore } from './stage-core.js'

const packages = join(dirname(import.meta.dirname), 'packages')
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Say which folder: npm run pack -- <folder>')

const stage = await mkdtemp(join(tmpdir(), 'lokstra-pack-'))
try {
  const core = join(stage, 'core')
  await stageCore(core)
  await mkdir(folder, { recursive: true })
  const others = ['services', 'middleware', 'cli'].map((name) => join(packages, name))
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', resolve(folder), core, ...others]
  await promisify(execFile)('npm', args, { shell: process.platform === 'win32' })
} finally {
  await rm(stage, { recursive: true })
}

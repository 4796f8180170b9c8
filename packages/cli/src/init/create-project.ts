import { relative, resolve } from 'node:path'

import { readTemplate } from '../files/read-template.js'
import { refuseExisting, writeFiles } from '../files/write-files.js'
import { ownVersion } from '../manifest.js'
import { abortOnSignals } from '../ui/abort-on-signals.js'
import { withProgress } from '../ui/progress.js'
import type { Choices } from './ask.js'
import { initGit } from './git.js'
import { install } from './install.js'
import { findPackedPackages } from './packed-packages.js'
import { projectFiles } from './project-files.js'
import type { TemplateName } from './templates.js'

export interface CreateOptions {
  readonly force: boolean
  /** Folder of packed files that the packages of Lokstra are installed from. Default: the registry. */
  readonly packages?: string
}

/**
 * Refuses a folder that holds files of a project already.
 * @param template  undefined where it is not chosen yet: looks for what every project has
 * @throws E_FILES_EXIST unless `force`
 */
export async function refuseOccupied(
  folder: string,
  template: TemplateName | undefined,
  force: boolean,
): Promise<void> {
  const parts = await Promise.all(['shared', ...(template ? [template] : [])].map((part) => readTemplate(part, {})))
  await refuseExisting(resolve(folder), new Set(parts.flatMap((files) => [...files.keys()])), force)
}

/**
 * Writes a project, installs its dependencies and makes its git repository. Cut off while it writes, it leaves nothing behind; later,
 * the whole project without its dependencies.
 * @returns what to tell its author
 */
export async function createProject(choices: Choices, { force, packages }: CreateOptions): Promise<string> {
  const { template, name, packageManager } = choices
  const folder = resolve(choices.folder)
  const place = relative(process.cwd(), folder) || '.'
  const version = ownVersion()
  const packed = packages === undefined ? undefined : await findPackedPackages(packages, version)
  const files = await projectFiles({ template, name, packageManager, version, ...(packed ? { packed } : {}) })
  using interruption = abortOnSignals()
  await writeFiles(folder, files, { force, signal: interruption.signal })
  const git = choices.git ? [await initGit(folder)] : []
  if (choices.install) {
    const print = (output: string) => process.stderr.write(output)
    await withProgress(`Installing with ${packageManager}`, () =>
      install(packageManager, folder, interruption.signal, print),
    )
  }
  const steps = [
    ...(place === '.' ? [] : [`cd ${place}`]),
    ...(choices.install ? [] : [`${packageManager} install`]),
    `${packageManager} run dev`,
  ]
  return [`Wrote ${name} (${template}) to ${place}`, ...git, '', 'Next:', ...steps.map((step) => `  ${step}`), ''].join(
    '\n',
  )
}

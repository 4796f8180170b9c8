import * as prompts from '@clack/prompts'

import { packageManagers, type PackageManager } from './package-managers.js'
import { packageNameOf, refusePackageName } from './package-name.js'
import { templateNames, templates, type TemplateName } from './templates.js'

/** What a new project depends on that its author decides. */
export interface Choices {
  readonly folder: string
  readonly template: TemplateName
  readonly name: string
  readonly packageManager: PackageManager
  readonly install: boolean
  readonly git: boolean
}

// Results are on standard output; a conversation is none.
const output = process.stderr

class Cancelled extends Error {}

/**
 * Asks on the terminal for what is not given.
 * @param refuseFolder  throws where no project can be written, before anything else is asked
 * @returns undefined when the author gives up
 */
export async function ask(
  given: Partial<Choices>,
  defaults: Choices,
  refuseFolder: (folder: string) => Promise<void>,
): Promise<Choices | undefined> {
  prompts.intro('A new Lokstra project', { output })
  try {
    const folder = given.folder ?? (await askFolder(defaults.folder))
    await refuseFolder(folder)
    const template = given.template ?? (await askTemplate(defaults.template))
    const name = given.name ?? (await askName(packageNameOf(folder)))
    const packageManager = given.packageManager ?? (await askPackageManager(defaults.packageManager))
    const install = given.install ?? (await confirm(`Install the dependencies with ${packageManager}?`))
    const git = given.git ?? (await confirm('Make a git repository?'))
    return { folder, template, name, packageManager, install, git }
  } catch (error) {
    if (error instanceof Cancelled) return undefined
    throw error
  }
}

async function askFolder(defaultValue: string): Promise<string> {
  const placeholder = defaultValue
  return answered(await prompts.text({ message: 'In which folder?', placeholder, defaultValue, output }))
}

async function askTemplate(initialValue: TemplateName): Promise<TemplateName> {
  const options = templateNames.map((value) => ({ value, label: value, hint: templates[value] }))
  return answered(await prompts.select({ message: 'Which template?', options, initialValue, output }))
}

async function askName(initialValue: string): Promise<string> {
  const validate = (name = '') => refusePackageName(name)
  return answered(await prompts.text({ message: 'What is its name?', initialValue, validate, output }))
}

async function askPackageManager(initialValue: PackageManager): Promise<PackageManager> {
  const options = packageManagers.map((value) => ({ value, label: value }))
  return answered(await prompts.select({ message: 'Which package manager?', options, initialValue, output }))
}

async function confirm(message: string): Promise<boolean> {
  return answered(await prompts.confirm({ message, output }))
}

function answered<T>(value: T): Exclude<T, symbol> {
  if (prompts.isCancel(value)) throw new Cancelled()
  return value as Exclude<T, symbol>
}

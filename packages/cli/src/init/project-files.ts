import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { readTemplate, templatesFolder } from '../files/read-template.js'
import type { Files } from '../files/write-files.js'
import type { PackageManager } from './package-managers.js'
import type { TemplateName } from './templates.js'

type Versions = Readonly<Record<string, string>>

export interface NewProject {
  readonly template: TemplateName
  /** Name of its package; what follows a scope is the name of its server. */
  readonly name: string
  readonly packageManager: PackageManager
  /** Of the packages of Lokstra. */
  readonly version: string
  /** What they are installed from, by name. Default: the registry. */
  readonly packed?: Versions
}

interface TemplateManifest {
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** The files of a new project: those that all templates share, and over them those of its own template. */
export async function projectFiles({ template, name, packageManager, version, packed }: NewProject): Promise<Files> {
  const replacements = { 'sample-app': name.replace(/^@[^/]+\//, '') }
  const shared = await readTemplate('shared', replacements)
  const own = await readTemplate(template, replacements)
  const versions = JSON.parse(await readFile(join(templatesFolder, 'versions.json'), 'utf8')) as Versions
  const manifest = mergeManifests(manifestOf(shared), manifestOf(own))
  const versionOf = (dependency: string) => versions[dependency] ?? packed?.[dependency] ?? `^${version}`
  const packageJson = {
    ...manifest,
    name,
    dependencies: withVersions(manifest.dependencies, versionOf),
    devDependencies: withVersions(manifest.devDependencies, versionOf),
    ...(packed ? overrides(packageManager, packed) : {}),
  }
  return new Map([
    ...shared,
    ...own,
    ['package.json', `${JSON.stringify(packageJson, undefined, 2)}\n`],
    // Packages of Lokstra are found in node_modules, which yarn makes when it is told to.
    ...(packageManager === 'yarn' ? [['.yarnrc.yml', 'nodeLinker: node-modules\n'] as const] : []),
  ])
}

/** Has the packages take each other from the same place. npm does so by itself where the versions fit. */
function overrides(packageManager: PackageManager, packed: Versions): object {
  if (packageManager === 'pnpm') return { pnpm: { overrides: packed } }
  return packageManager === 'yarn' ? { resolutions: packed } : {}
}

function manifestOf(files: Files): TemplateManifest {
  return JSON.parse(files.get('package.json') ?? '{}') as TemplateManifest
}

function mergeManifests(shared: TemplateManifest, own: TemplateManifest): TemplateManifest {
  return {
    ...shared,
    ...own,
    scripts: { ...shared.scripts, ...own.scripts },
    dependencies: { ...shared.dependencies, ...own.dependencies },
    devDependencies: { ...shared.devDependencies, ...own.devDependencies },
  }
}

/** Sorted, as package managers write them. */
function withVersions(dependencies: Versions = {}, versionOf: (name: string) => string): Versions {
  return Object.fromEntries(
    Object.keys(dependencies)
      .sort()
      .map((name) => [name, versionOf(name)]),
  )
}

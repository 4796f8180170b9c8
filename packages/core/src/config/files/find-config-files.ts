import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'

import { E_CONFIG_FILE } from '../../errors/catalogue/config.js'
import { closest } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { shortenPath } from './shorten-path.js'

/** The name of the file that a folder has, unless another one is given. */
export const defaultFile = 'lokstra.yaml'

/** Files of a configuration, as absolute paths. */
export interface ConfigFiles {
  readonly folder: string
  /** The main file first, then those in `config/` by name. */
  readonly files: readonly string[]
  /** Those of the environment, in the same order. */
  readonly environmentFiles: readonly string[]
}

/** What the name of a file in the configuration's folder, or in `config/`, says. */
interface NamedFile {
  readonly path: string
  /** `lokstra` of `lokstra.production.yaml`. */
  readonly stem: string
  /** `production`; undefined where the name has one dot. */
  readonly environment: string | undefined
}

/**
 * Finds the files of a configuration: the one that is named, `config/*.yaml` beside it, and those of the environment.
 * @param path  a file, or the folder of a `lokstra.yaml`; the file may be missing where `config/` has some
 * @param problems  receives files that are missing, and those whose environment is probably misspelt
 */
export async function findConfigFiles(
  path: string,
  environment: string,
  problems: LokstraError[],
): Promise<ConfigFiles> {
  const isFolder = await isDirectory(path)
  const main = isFolder ? join(path, defaultFile) : resolve(path)
  const folder = dirname(main)
  const stem = basename(main, extname(main))
  const beside = (await yamlFilesIn(folder)).filter((file) => file.stem === stem && file.environment !== undefined)
  const inConfig = await yamlFilesIn(join(folder, 'config'))
  const common = inConfig.filter((file) => file.environment === undefined)
  const own = [...beside, ...inConfig].filter((file) => file.environment === environment)
  const inFolder = await yamlFilesIn(join(folder, 'config', environment))

  const exists = (await kindOf(main)) !== undefined
  if (!exists && (common.length === 0 || basename(main) !== defaultFile)) {
    const file = shortenPath(isFolder ? path : main)
    const reason = isFolder ? `has neither a ${defaultFile} nor files in config/` : 'does not exist'
    const fix = 'Run this in the folder that has it, name another with --config, or begin a project with lokstra init.'
    problems.push(lokstraError(E_CONFIG_FILE, { file, reason, fix }))
  }
  const environmentFiles = [...own, ...inFolder].map((file) => file.path)
  if (environmentFiles.length === 0) {
    problems.push(...(await misspelt(environment, folder, [...beside, ...inConfig])))
  }
  return { folder, files: [...(exists ? [main] : []), ...common.map((file) => file.path)], environmentFiles }
}

/** Files for an environment that differs from the current one by a slip; `staging1` and `staging2` are both meant. */
async function misspelt(environment: string, folder: string, files: readonly NamedFile[]): Promise<LokstraError[]> {
  const folders = (await entriesOf(join(folder, 'config'))).map((name) => ({
    path: join(folder, 'config', name),
    environment: name,
  }))
  const named = [...files, ...(await keepFolders(folders))]
  const letters = (name: string) => name.replace(/\d+/g, '')
  return named.flatMap(({ path, environment: name }) => {
    if (name === undefined || wellKnown.has(name) || letters(name) === letters(environment)) return []
    if (closest(name, [environment]) === undefined) return []
    const reason = `is not read, since the environment is "${environment}"`
    const fix = `Rename it if "${environment}" is meant, or choose its environment with --env ${name} or LOKSTRA_ENV=${name}.`
    const file = shortenPath(path)
    // A folder has no lines.
    const where = /\.ya?ml$/.test(path) ? `${file}:1:1` : file
    return [lokstraError(E_CONFIG_FILE, { file, reason, fix }, where)]
  })
}

const wellKnown: ReadonlySet<string> = new Set(['development', 'test', 'staging', 'production'])

async function keepFolders<T extends { readonly path: string }>(candidates: readonly T[]): Promise<readonly T[]> {
  const kept = await Promise.all(candidates.map(({ path }) => isDirectory(path)))
  return candidates.filter((_, index) => kept[index])
}

/** Sorted by name, code unit by code unit, so that the order is the same everywhere. Names that start with a dot are left out. */
async function yamlFilesIn(folder: string): Promise<readonly NamedFile[]> {
  const names = (await entriesOf(folder)).filter((name) => /\.ya?ml$/.test(name)).sort()
  const files = await Promise.all(
    names.map(async (name): Promise<NamedFile[]> => {
      const path = join(folder, name)
      if ((await kindOf(path)) === 'folder') return []
      const whole = basename(name, extname(name))
      const dot = whole.lastIndexOf('.')
      return [
        { path, stem: dot < 0 ? whole : whole.slice(0, dot), environment: dot < 0 ? undefined : whole.slice(dot + 1) },
      ]
    }),
  )
  return files.flat()
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    const params = {
      file: shortenPath(folder),
      reason: `cannot be read: ${message}`,
      fix: 'Make it readable for this process.',
    }
    throw lokstraError(E_CONFIG_FILE, params, [], { cause: error })
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await kindOf(path)) === 'folder'
}

/** Follows links; a link that leads nowhere counts as a file, so that reading it says what is wrong. */
async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : 'file'
  }
}

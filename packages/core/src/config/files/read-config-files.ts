import { join } from 'node:path'

import { throwProblems } from '../../errors/boot-error.js'
import { E_CONFIG_FILE } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { readRegularFile, UnfitFileError } from '../../files/read-regular-file.js'
import { findConfigFiles } from './find-config-files.js'
import type { ConfigLayer, LayerName } from '../layers/config-layer.js'
import { toPlain, type ConfigMap, type ConfigNode } from '../tree/config-node.js'
import { ConfigReport } from '../bind/config-report.js'
import { parseEnvFile } from './parse-env-file.js'
import { joinTrees } from '../tree/join-trees.js'
import { shortenPath } from './shorten-path.js'
import type { Variable } from '../layers/variables.js'
import { YamlDocument } from './yaml-document.js'

/** Far more than anybody writes: a larger one is something else, and would take many times its size when it is parsed. */
const largestFile = 16 * 1024 * 1024

/** What the files of a configuration hold. */
export interface FileContents {
  readonly folder: string
  /** Absolute paths, in the order in which they count; those of variables last. */
  readonly paths: readonly string[]
  /** Files, then environment files where there are any. */
  readonly layers: readonly ConfigLayer[]
  /** Of `.env.local`, then of `.env`. */
  readonly variables: readonly ReadonlyMap<string, Variable>[]
}

/** A file with its text. */
export interface ConfigText {
  readonly path: string
  readonly text: string
  readonly layer: Extract<LayerName, 'files' | 'environment files'>
}

/**
 * Reads the files of a configuration.
 * @throws E_CONFIG_FILE, E_CONFIG_SYNTAX of all files at once: values of a broken structure would be reported under wrong names
 */
export async function readConfigFiles(
  path: string,
  environment: string,
  problems: LokstraError[],
): Promise<FileContents> {
  const unreadable: LokstraError[] = []
  const { folder, files, environmentFiles } = await findConfigFiles(path, environment, unreadable)
  const texts = [
    ...(await readTexts(files, 'files', unreadable)),
    ...(await readTexts(environmentFiles, 'environment files', unreadable)),
  ]
  const envFiles = environment === 'production' ? [] : await readEnvFiles(folder, problems, unreadable)
  return {
    folder,
    paths: [...files, ...environmentFiles, ...envFiles.map((file) => file.path)],
    layers: parseTexts(texts, problems, unreadable),
    variables: envFiles.map((file) => file.variables),
  }
}

/**
 * The layers of texts that were read before.
 * @param unreadable  files that could not be read; thrown together with what cannot be parsed
 */
function parseTexts(
  texts: readonly ConfigText[],
  problems: LokstraError[],
  unreadable: readonly LokstraError[] = [],
): readonly ConfigLayer[] {
  const documents = texts.map(({ path, text, layer }) => ({
    layer,
    path,
    document: new YamlDocument(text, shortenPath(path), problems),
  }))
  throwProblems([...unreadable, ...documents.flatMap(({ document }) => document.syntaxProblems())])
  // Files in config/ may be empty, as long as something is said somewhere.
  if (documents.length > 0 && documents.every(({ document }) => document.isEmpty)) {
    throw fileError(documents[0]!.path, 'is empty', 'Write an app: apps: [{ name: api, listen: ":3000" }].')
  }
  const trees = documents
    .filter(({ document }) => !document.isEmpty)
    .map(({ layer, document }) => ({ layer, root: document.read() }))
  return (['files', 'environment files'] as const).flatMap((name) => {
    const own = trees.filter(({ layer }) => layer === name).map(({ root }) => root)
    const maps = own.filter((root) => isMap(root, problems))
    return maps.length > 0 ? [{ name, root: joinTrees(maps, problems) }] : []
  })
}

/** A file says something by keys; what else it holds is reported. */
function isMap(root: ConfigNode, problems: LokstraError[]): root is ConfigMap {
  if (root.kind === 'map') return true
  if (!root.isUnusable)
    new ConfigReport(problems, () => root.origin.value).invalid([], 'must be an object', toPlain(root))
  return false
}

async function readTexts(
  paths: readonly string[],
  layer: ConfigText['layer'],
  unreadable: LokstraError[],
): Promise<readonly ConfigText[]> {
  const texts = await Promise.all(paths.map((path) => readText(path, unreadable)))
  return texts.flatMap((text, index) => (text === undefined ? [] : [{ path: paths[index]!, text, layer }]))
}

/** The `.env` files of a folder that exist, that which counts first. */
async function readEnvFiles(folder: string, problems: LokstraError[], unreadable: LokstraError[]) {
  const files: { readonly path: string; readonly variables: ReadonlyMap<string, Variable> }[] = []
  for (const path of [join(folder, '.env.local'), join(folder, '.env')]) {
    const text = await readText(path, unreadable, 'optional')
    if (text !== undefined) files.push({ path, variables: parseEnvFile(text, shortenPath(path), problems) })
  }
  return files
}

async function readText(
  path: string,
  unreadable: LokstraError[],
  need: 'required' | 'optional' = 'required',
): Promise<string | undefined> {
  let content: Buffer
  try {
    content = await readRegularFile(path, largestFile)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    if (!isMissing || need === 'required') unreadable.push(describeFailure(path, error))
    return undefined
  }
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    unreadable.push(fileError(path, 'is not UTF-8 text', 'Save it as UTF-8.', error))
    return undefined
  }
}

function describeFailure(path: string, error: unknown): LokstraError {
  if (error instanceof UnfitFileError) return fileError(path, error.reason, 'Put a file of text in its place.')
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EISDIR':
      return fileError(path, 'is a folder', 'Put a file in its place, or remove it.', error)
    case 'ENOENT':
    case 'ENOTDIR':
      return fileError(path, 'does not exist', 'Create it, or name another file.', error)
    default:
      return fileError(path, `cannot be read: ${message}`, 'Make it readable for this process.', error)
  }
}

function fileError(path: string, reason: string, fix: string, cause?: unknown): LokstraError {
  return lokstraError(E_CONFIG_FILE, { file: shortenPath(path), reason, fix }, [], cause ? { cause } : undefined)
}

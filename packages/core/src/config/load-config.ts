import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

import { E_CONFIG_FILE, E_CONFIG_VARIABLE } from '../errors/catalogue/config.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { throwProblems } from '../errors/boot-error.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { readServerConfig, type BoundConfig } from './bind-server-config.js'
import { formatPath, type ConfigPath, type Locate } from './config-path.js'
import { ConfigReport } from './config-report.js'
import { isOverlaid, layOver } from './overlay.js'
import { substitute, type Environment } from './substitute.js'
import { YamlDocument, type ReadText } from './yaml-document.js'

/** The configuration of one file. */
export interface LoadedConfig extends BoundConfig {
  /** Folder of the file: what relative paths of the configuration start from. */
  readonly folder: string
}

export interface LoadConfigOptions {
  /** Where `${VARIABLE}` is looked up. */
  readonly env: Environment
  /** Laid over the file's values, key by key; lists are replaced. Variables below are then not asked for. */
  readonly overlay?: object
}

const placeInCode = 'createServer({ config })'

/**
 * Reads a YAML file, replaces `${VARIABLE}` in its values, and checks it.
 * @throws E_CONFIG_FILE, E_CONFIG_SYNTAX, E_CONFIG_KEY_DUPLICATE, E_CONFIG_KEY_UNKNOWN, E_CONFIG_VALUE_MISSING,
 *   E_CONFIG_VALUE_INVALID, E_CONFIG_VARIABLE; several as one E_BOOT
 */
export function loadConfig(file: string, options: LoadConfigOptions): LoadedConfig {
  return parseConfig(readText(file), file, options)
}

/** {@link loadConfig} of text that was read from `file` before. */
export function parseConfig(text: string, file: string, { env, overlay }: LoadConfigOptions): LoadedConfig {
  const path = resolve(file)
  const problems: LokstraError[] = []
  const document = new YamlDocument(text, shorten(path), problems)
  // Values of a broken structure would be reported under wrong names.
  throwProblems(document.syntaxProblems())
  if (document.isEmpty) throw fileError(path, 'is empty', 'Write an app: apps: [{ name: api, listen: ":3000" }].')
  const isInCode = (at: ConfigPath) => isOverlaid(overlay, at)
  const locate: Locate = (at, part) => (isInCode(at) ? placeInCode : document.locate(at, part))
  const substituted: ReadText = (value, at) =>
    isInCode(at) ? value : substituteAt(value, at, env, locate(at), problems)
  const written = document.read(substituted)
  // Laid over a list or a text, the overlay would hide that the file says nothing of use.
  const values = typeof written === 'object' && !Array.isArray(written) ? layOver(written, overlay) : written
  const report = new ConfigReport(problems, locate, '', document.isReported)
  const config = readServerConfig(values, locate, report)
  throwProblems(problems.sort((a, b) => toPosition(a) - toPosition(b)))
  return { config, locate, folder: dirname(path) }
}

function substituteAt(
  text: string,
  path: ConfigPath,
  env: Environment,
  place: string,
  problems: LokstraError[],
): string | undefined {
  const before = problems.length
  const result = substitute(text, env, ({ problem, fix, variable }) => {
    const isUnset = variable !== undefined && env[variable] === undefined
    const hint = isUnset ? didYouMean(variable, Object.keys(env)) : ''
    problems.push(lokstraError(E_CONFIG_VARIABLE, { path: formatPath(path), problem, fix: `${fix}${hint}` }, place))
  })
  return problems.length > before ? undefined : result
}

/** Orders by line, then column; a place in code comes last. */
function toPosition({ where }: LokstraError): number {
  const [, line, column] = /:(\d+):(\d+)$/.exec(where[0] ?? '') ?? []
  return line === undefined ? Number.MAX_SAFE_INTEGER : Number(line) * 1e6 + Number(column)
}

function readText(file: string): string {
  const path = resolve(file)
  const content = readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    throw fileError(path, 'is not UTF-8 text', 'Save it as UTF-8.', error)
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') throw fileError(path, 'is a folder', 'Name the file in it, such as lokstra.yaml.', error)
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    if (isMissing) throw fileError(path, 'does not exist', 'Create it, or name another file.', error)
    throw fileError(path, `cannot be read: ${message}`, 'Make it readable for this process.', error)
  }
}

function fileError(path: string, reason: string, fix: string, cause?: unknown): LokstraError {
  return lokstraError(E_CONFIG_FILE, { file: shorten(path), reason, fix }, [], cause ? { cause } : undefined)
}

/** Relative to the working folder, where that is shorter to read. */
function shorten(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') || short === '' ? path : short
}

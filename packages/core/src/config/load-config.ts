import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'

import { throwProblems } from '../errors/boot-error.js'
import { E_CONFIG_FILE } from '../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { composeConfig, type ComposedConfig } from './compose-config.js'
import { fromPlain, type Origin } from './config-node.js'
import type { ConfigLayer } from './config-layer.js'
import { findBuiltInSecretType } from './secrets/built-in-secret-types.js'
import type { SecretSource } from './secrets/secret-reader.js'
import { SecretStore } from './secrets/secret-store.js'
import type { Environment } from './substitute.js'
import { YamlDocument } from './yaml-document.js'

/** The configuration of a folder. */
export interface LoadedConfig extends ComposedConfig {
  /** Folder of the file: what relative paths of the configuration start from. */
  readonly folder: string
}

export interface LoadConfigOptions {
  /** Where `${VARIABLE}` is looked up. */
  readonly env: Environment
  /** Default: the types that are built in. */
  readonly secrets?: SecretSource
  /** Values in code, laid over all others. Placeholders below them are not looked at. */
  readonly overlay?: object
}

const inCode: Origin = { key: 'createServer({ config })', value: 'createServer({ config })', isLiteral: true }

/**
 * Reads a YAML file, replaces the placeholders in its values, and checks it.
 * @param problems  receives every mistake: E_CONFIG_SYNTAX, E_CONFIG_KEY_DUPLICATE, E_CONFIG_KEY_UNKNOWN, E_CONFIG_VALUE_MISSING,
 *   E_CONFIG_VALUE_INVALID, E_CONFIG_VARIABLE; what is wrong has its default then, or is left out
 * @throws E_CONFIG_FILE; E_CONFIG_SYNTAX where the structure is in doubt; several as one E_BOOT
 */
export async function loadConfig(
  file: string,
  options: LoadConfigOptions,
  problems: LokstraError[],
): Promise<LoadedConfig> {
  return parseConfig(await readText(file), file, options, problems)
}

/** {@link loadConfig} of text that was read from `file` before. */
export async function parseConfig(
  text: string,
  file: string,
  { env, secrets = new SecretStore(findBuiltInSecretType), overlay }: LoadConfigOptions,
  problems: LokstraError[],
): Promise<LoadedConfig> {
  const path = resolve(file)
  const document = new YamlDocument(text, shorten(path), problems)
  // Values of a broken structure would be reported under wrong names.
  throwProblems(document.syntaxProblems())
  if (document.isEmpty) throw fileError(path, 'is empty', 'Write an app: apps: [{ name: api, listen: ":3000" }].')
  const layers: ConfigLayer[] = [{ name: 'files', root: document.read() }]
  if (overlay) layers.push({ name: 'code', root: fromPlain(overlay, inCode) })
  const composed = await composeConfig(layers, { env, secrets, folder: dirname(path), files: [path], problems })
  return { ...composed, folder: dirname(path) }
}

async function readText(file: string): Promise<string> {
  const path = resolve(file)
  const content = await readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    throw fileError(path, 'is not UTF-8 text', 'Save it as UTF-8.', error)
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
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

import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

import { Service } from '../../decorators/service.js'
import { readRegularFile, UnfitFileError } from '../../files/read-regular-file.js'
import { IsNotEmpty, IsString } from '../../validation/class-validator.js'
import { SecretError, SecretProvider, type SecretContext } from './secret-provider.js'
import { decodeSecret, largestSecret } from './secret-text.js'

export class FileSecretsConfig {
  /** The folder with one file for each secret. Default `/run/secrets`. */
  @IsString() @IsNotEmpty() dir = '/run/secrets'
}

/** Secrets in files, as Docker and Kubernetes mount them: the key is the path below the folder. */
@Service({ name: 'file', config: FileSecretsConfig })
export class FileSecrets extends SecretProvider {
  readonly #dir: string

  constructor({ dir }: FileSecretsConfig) {
    super()
    this.#dir = dir
  }

  async get(key: string, { folder }: SecretContext): Promise<string> {
    const dir = resolve(folder, this.#dir)
    const path = join(dir, key)
    if (key.includes('\0') || isAbsolute(key) || !isBelow(path, dir)) throw outside(dir)
    try {
      // Kubernetes mounts links to links, all within the folder.
      const file = await realpath(path)
      if (!isBelow(file, await realpath(dir))) throw outside(dir)
      return decodeSecret(await readRegularFile(file, largestSecret))
    } catch (error) {
      throw describe(error, path)
    }
  }
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function outside(folder: string): SecretError {
  return new SecretError(
    `it would lie outside of ${folder}`,
    'Name a file below the folder; links must not lead out of it.',
  )
}

function describe(error: unknown, path: string): unknown {
  if (error instanceof UnfitFileError)
    return new SecretError(`${path} ${error.reason}`, 'Keep the secret in a file of its own.')
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SecretError(
      `there is no file ${path}`,
      'Mount the secret there, or set the folder: secrets: { file: { type: file, dir: … } }.',
    )
  if (code === 'EISDIR') return new SecretError(`${path} is no file`, 'Name a file of the folder.')
  if (code === undefined) return error
  return new SecretError(`${path} cannot be read: ${message}`, 'Make it readable for this process.')
}

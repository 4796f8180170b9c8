import { spawn, type ChildProcess } from 'node:child_process'

import { Field } from '../../decorators/binding.js'
import { Service } from '../../decorators/service.js'
import { TextMask } from '../../secrecy/text-mask.js'
import { IsNotEmpty } from '../../validation/class-validator.js'
import { SecretError, SecretProvider, type SecretContext } from './secret-provider.js'
import { decodeSecret, largestSecret } from './secret-text.js'

/** Characters of its standard error that are shown when a command fails. */
const shownErrors = 400

export class ExecSecretsConfig {
  /** The program and its arguments, in which `{key}` stands for the key: `[op, read, 'op://prod/{key}']`. No shell reads them. */
  @IsNotEmpty({ each: true }) @Field({ type: () => String }) command!: string[]
}

/** Secrets that a command prints: one run for each, in the folder of the configuration, with the environment of the process. */
@Service({ name: 'exec', config: ExecSecretsConfig })
export class ExecSecrets extends SecretProvider {
  readonly #command: readonly string[]

  constructor({ command }: ExecSecretsConfig) {
    super()
    this.#command = command
  }

  async get(key: string, context: SecretContext): Promise<string> {
    const [program, ...args] = this.#command
    if (program === undefined) throw new SecretError('no command is given', 'Set command: [program, argument, …].')
    if (key.includes('\0')) throw new SecretError('the key holds a null character', 'Correct the key.')
    const result = await run(
      program,
      args.map((arg) => arg.replaceAll('{key}', () => key)),
      context,
    )
    if (result.status === 0) return decodeSecret(result.output)
    throw failed(program, result)
  }
}

interface Run {
  /** The exit code, or what ended it. */
  readonly status: number | string
  readonly output: Uint8Array
  readonly errors: string
}

function run(program: string, args: readonly string[], { folder, env, signal }: SecretContext): Promise<Run> {
  return new Promise((resolve, reject) => {
    // Without any file descriptor left it has no streams: its error comes all the same.
    const child: ChildProcess = spawn(program, args, {
      cwd: folder,
      env,
      shell: false,
      signal,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    const give = (error: SecretError) => {
      reject(error)
      child.kill('SIGKILL')
      // What the command started may hold them open for ever.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    const output: Buffer[] = []
    let length = 0
    let errors = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output.push(chunk)
      length += chunk.length
      if (length > largestSecret)
        give(
          new SecretError(`${program} printed more than 1 MiB`, 'Let the command print the secret and nothing else.'),
        )
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      if (errors.length < shownErrors) errors += chunk.toString()
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'was not found' : `cannot be run: ${error.code ?? error.name}`
      give(new SecretError(`${program} ${reason}`, 'Install it, or give its absolute path under command.'))
    })
    child.on('close', (status, killedBy) => {
      resolve({ status: status ?? `killed by ${killedBy}`, output: Buffer.concat(output), errors })
    })
  })
}

function failed(program: string, { status, output, errors }: Run): SecretError {
  // What it printed nevertheless may be part of the complaint as well.
  const told = new TextMask([new TextDecoder().decode(output).trim()]).apply(errors).trim()
  const how = typeof status === 'number' ? `ended with exit code ${status}` : `was ${status}`
  const text = told.length > shownErrors ? `${told.slice(0, shownErrors)}…` : told
  return new SecretError(`${program} ${how}${text ? `: ${text}` : ''}`, 'Run the command by hand to see what it lacks.')
}

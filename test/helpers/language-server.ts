import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { repositoryRoot } from './repository.js'

const program = join(repositoryRoot, 'node_modules/yaml-language-server/bin/yaml-language-server')

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly uri: string; readonly diagnostics: readonly Diagnostic[] } & {
    readonly items?: readonly unknown[]
  }
  readonly result?: unknown
}

interface Position {
  readonly line: number
  readonly character: number
}

interface Diagnostic {
  readonly range: { readonly start: Position }
  readonly message: string
}

/**
 * The language server that editors run for YAML, spoken to as an editor does. Lines and columns count from 1 here, and from 0 there.
 * @see https://microsoft.github.io/language-server-protocol/
 */
export class LanguageServer implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #answers = new Map<number, (result: unknown) => void>()
  readonly #diagnoses = new Map<string, (diagnostics: readonly Diagnostic[]) => void>()
  #received = Buffer.alloc(0)
  #lastId = 0

  private constructor() {
    this.#process = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#process.stdout!.on('data', (data: Buffer) => this.#receive(data))
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer()
    const textDocument = { hover: { contentFormat: ['plaintext'] } }
    await server.#request('initialize', { processId: process.pid, rootUri: null, capabilities: { textDocument } })
    server.#send({ method: 'initialized', params: {} })
    const settings = { yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } } }
    server.#send({ method: 'workspace/didChangeConfiguration', params: { settings } })
    return server
  }

  /** What is marked in a text that is opened under this address: `4:25 Property urll is not allowed.` */
  async open(uri: string, text: string): Promise<string[]> {
    const diagnosed = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnoses.set(uri, resolve))
    this.#send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    })
    return (await diagnosed).map(
      ({ range: { start }, message }) => `${start.line + 1}:${start.character + 1} ${message}`,
    )
  }

  /** What can be written at a place of an opened text. */
  async completions(uri: string, line: number, column: number): Promise<string[]> {
    const position = { line: line - 1, character: column - 1 }
    const result = await this.#request('textDocument/completion', { textDocument: { uri }, position })
    return (result as { items: readonly { label: string }[] }).items.map(({ label }) => label)
  }

  /** What is shown for the word at a place of an opened text. */
  async hover(uri: string, line: number, column: number): Promise<string> {
    const position = { line: line - 1, character: column - 1 }
    const result = await this.#request('textDocument/hover', { textDocument: { uri }, position })
    return (result as { contents: { value: string } }).contents.value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill()
    await exited
  }

  #request(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId
    this.#send({ id, method, params })
    return new Promise((resolve) => this.#answers.set(id, resolve))
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    this.#process.stdin!.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    for (;;) {
      const start = this.#received.indexOf('\r\n\r\n') + 4
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.subarray(0, start).toString())?.[1])
      if (start < 4 || this.#received.length < start + length) return
      const text = this.#received.subarray(start, start + length).toString()
      this.#received = this.#received.subarray(start + length)
      this.#take(JSON.parse(text) as Message)
    }
  }

  #take({ id, method, params, result }: Message): void {
    if (method === 'textDocument/publishDiagnostics') this.#diagnoses.get(params!.uri)?.(params!.diagnostics)
    else if (method === undefined) this.#answers.get(id!)?.(result)
    // It asks the editor for settings, among others: there are none beside those that were sent.
    else if (id !== undefined) this.#send({ id, result: params?.items?.map(() => null) ?? null })
  }
}

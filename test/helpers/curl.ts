import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { resolve } from 'node:path'

/** What curl would print with `-i`, in parts. */
export interface CurlAnswer {
  /** `HTTP/1.1 200 OK` */
  readonly statusLine: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** Whether the command asked for status line and headers (`-i`, `-I`). */
  readonly showsHead: boolean
}

export interface CurlOptions {
  /** Takes the place of the command's scheme, host and port. */
  readonly origin: string
  /** What `-d @file` starts from. */
  readonly folder: string
}

interface CurlCall {
  method?: string
  url?: string
  headers: [name: string, value: string][]
  data?: string
  showsHead: boolean
}

/** Does what a `curl` command of the documentation says, on machines without curl too. Knows -s -i -I -X -H -d. */
export function curl(command: string, { origin, folder }: CurlOptions): Promise<CurlAnswer> {
  const call = readCall(splitWords(command), folder)
  if (call.url === undefined) throw new Error(`No address in: ${command}`)
  const { pathname, search } = new URL(call.url)
  const headers: [string, string][] = [['accept', '*/*']]
  if (call.data !== undefined) headers.push(['content-type', 'application/x-www-form-urlencoded'])
  headers.push(...call.headers)
  if (call.data !== undefined) headers.push(['content-length', String(Buffer.byteLength(call.data))])
  return new Promise((done, reject) => {
    const options = { method: call.method ?? (call.data === undefined ? 'GET' : 'POST'), agent: false }
    const req = request(new URL(pathname + search, origin), options, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => {
        const statusLine = `HTTP/${res.httpVersion} ${res.statusCode ?? 0} ${res.statusMessage ?? ''}`
        const body = Buffer.concat(chunks).toString()
        done({ statusLine, headers: res.headers, body, showsHead: call.showsHead })
      })
    })
    req.on('error', reject)
    for (const [name, value] of headers) req.setHeader(name, value)
    req.end(call.data)
  })
}

function readCall([program, ...words]: readonly string[], folder: string): CurlCall {
  if (program !== 'curl') throw new Error(`Not a curl command: ${program ?? ''}`)
  const call: CurlCall = { headers: [], showsHead: false }
  const values = words[Symbol.iterator]()
  const next = (): string => {
    const { value, done } = values.next()
    if (done) throw new Error('A curl option lacks its value')
    return value
  }
  for (const word of values) {
    if (!word.startsWith('-')) call.url = word
    else if (word === '-X') call.method = next()
    else if (word === '-d') call.data = readData(next(), folder)
    else if (word === '-H') {
      const [, name, value] = /^([^:]+):\s*(.*)$/.exec(next()) ?? []
      call.headers.push([name!.toLowerCase(), value!])
    } else if (/^-[siI]+$/.test(word)) {
      call.showsHead ||= /[iI]/.test(word)
      if (word.includes('I')) call.method = 'HEAD'
    } else throw new Error(`The documentation uses a curl option that its test does not know: ${word}`)
  }
  return call
}

/** curl takes the line breaks out of a file that is given to `-d`. */
function readData(value: string, folder: string): string {
  return value.startsWith('@') ? readFileSync(resolve(folder, value.slice(1)), 'utf8').replace(/[\r\n]/g, '') : value
}

/** Words as a shell splits them: quotes, and line breaks behind a backslash. */
function splitWords(command: string): string[] {
  const words = command.replace(/\\\n/g, ' ').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g)
  return [...words].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  )
}

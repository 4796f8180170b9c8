import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { expect } from 'chai'

import { repositoryRoot } from '../../helpers/repository.js'
import { temporaryData } from './todo-api.js'

interface Running {
  readonly child: ChildProcess
  readonly url: string
}

describe('npm start', function () {
  this.timeout(120_000)

  const data = temporaryData()
  const children: ChildProcess[] = []
  after(() => {
    for (const child of children) kill(child)
    data.remove()
  })

  /** Kills npm and what it started, which is a process group of its own. */
  function kill(child: ChildProcess): void {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  }

  async function npmStart(): Promise<Running> {
    const { DATABASE_URL: _, NODE_ENV: __, ...env } = process.env
    const child = spawn('npm', ['start'], {
      cwd: repositoryRoot,
      env: { ...env, PORT: '0', DATA_DIR: data.dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    children.push(child)
    let output = ''
    const url = await new Promise<string>((resolve, reject) => {
      const read = (text: string): void => {
        output += text
        const found = /"addresses":\["([^"]+)"\]/.exec(output)
        if (found) resolve(found[1]!)
      }
      child.stdout.setEncoding('utf8').on('data', read)
      child.stderr.setEncoding('utf8').on('data', read)
      child.once('exit', (code) => reject(new Error(`npm start exited with ${code ?? 'a signal'}:\n${output}`)))
    })
    return { child, url }
  }

  async function titles(url: string): Promise<string[]> {
    const { data: todos } = (await (await fetch(`${url}/todos`)).json()) as { data: { title: string }[] }
    return todos.map(({ title }) => title)
  }

  it('builds and serves the sample; SIGTERM ends it with exit code 0', async () => {
    const { child, url } = await npmStart()
    expect((await fetch(`${url}/health/ready`)).status).to.equal(200)
    expect(await titles(url)).to.deep.equal([])
    const created = await fetch(`${url}/todos`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Outlive the server' }),
    })
    expect(created.status).to.equal(201)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exit).to.deep.equal([0, null])
  })

  it('has the data of the last run, and leaves no Postgres behind when it is killed', async () => {
    const { child, url } = await npmStart()
    expect(await titles(url)).to.deep.equal(['Outlive the server'])
    const pidFile = join(data.dataDir, 'cluster/data/postmaster.pid')
    expect(existsSync(pidFile)).to.equal(true)
    const exit = once(child, 'exit')
    kill(child)
    await exit
    // Postgres removes the file as the last thing that it does.
    while (existsSync(pidFile)) await delay(50)
  })

  it('ends with exit code 0 on Ctrl-C, which reaches every process of a terminal', async () => {
    const { child, url } = await npmStart()
    expect(await titles(url)).to.deep.equal(['Outlive the server'])
    const exit = once(child, 'exit')
    process.kill(-child.pid!, 'SIGINT')
    expect(await exit).to.deep.equal([0, null])
  })
})

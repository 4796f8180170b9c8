import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createTopology, type Topology } from '@lokstra/core/testing'
import { expect } from 'chai'

import { readConsoleSteps, type ConsoleStep } from '../helpers/console-blocks.js'
import { curl } from '../helpers/curl.js'
import { lokstra } from '../helpers/lokstra.js'
import { poll } from '../helpers/poll.js'
import { repositoryRoot } from '../helpers/repository.js'

const page = join(repositoryRoot, 'docs/split-story.md')

/** Line of the page on which a section starts. */
function lineOf(heading: string): number {
  const index = readFileSync(page, 'utf8').split('\n').indexOf(`## ${heading}`)
  if (index < 0) throw new Error(`The page has no section ${heading}`)
  return index + 1
}

describe('the story of the split', function () {
  this.timeout(90_000)

  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-story-'))
  const names = new Map<string, string>()
  let topology: Topology | undefined

  const open = (mode: 'checked' | 'processes') =>
    createTopology({
      file: join(repositoryRoot, 'samples/shop/lokstra.yaml'),
      deployment: 'microservices',
      mode,
      env: { ...process.env, DATA_DIR: dataDir, DURABLE: 'false', LOG_LEVEL: 'error' },
    })

  after(() => {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
  })

  const steps = readConsoleSteps(page)
  const stepsBetween = (from: string, to?: string) =>
    steps.filter(({ line }) => line > lineOf(from) && (to === undefined || line < lineOf(to)))

  /** What differs from run to run. */
  function normalize(text: string): string {
    let normal = text
    for (const [name, value] of names) normal = normal.replaceAll(value, `$${name}`)
    return normal
      .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, '<time>')
      .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<uuid>')
  }

  async function run({ command, output }: ConsoleStep): Promise<string> {
    if (command.startsWith('lokstra ')) {
      const { stdout, stderr } = await lokstra(repositoryRoot, ...command.split(' ').slice(1))
      return `${stdout}${stderr}`.trim()
    }
    const said = [...names].reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), command)
    const { statusLine, headers, body, showsHead } = await curl(said, {
      origin: topology!.url('api'),
      folder: repositoryRoot,
    })
    const order = (body.startsWith('{') ? (JSON.parse(body) as { data?: { id?: string } }) : {}).data?.id
    if (order !== undefined && !names.has('ORDER')) names.set('ORDER', order)
    if (!showsHead) return body
    // The page leaves out headers that say nothing new.
    const shown = output.split('\n\n')[0]!.split('\n').slice(1)
    const kept = shown
      .map((line) => line.split(':')[0]!.toLowerCase())
      .map((name) => `${name}: ${String(headers[name])}`)
    return [statusLine, ...kept, '', body].join('\n')
  }

  async function replay(some: readonly ConsoleStep[]): Promise<void> {
    expect(some).not.to.be.empty
    for (const step of some) {
      expect(normalize(await run(step)), `line ${step.line}`).to.equal(normalize(step.output))
    }
  }

  // Created outside of tests, so that they outlive one.
  describe('in one process', () => {
    before(async () => {
      topology = await open('checked')
      const body = { email: 'ann@example.org', name: 'Ann' }
      const registered = await topology.request('api', 'POST', '/users', { body })
      names.set('TOKEN', (registered.json().data as { token: string }).token)
    })
    after(() => topology!.stop())

    it('is as the page says', () => replay(stepsBetween('One process', 'Five processes')))
  })

  describe('in five', () => {
    before(async () => {
      topology = await open('processes')
    })
    after(() => topology!.stop())

    it('is as the page says, with the same answers', () => replay(stepsBetween('Five processes', 'When a server dies')))

    it('goes on when one of them dies, and when it is back', async () => {
      await topology!.server('catalog').kill()
      await replay(stepsBetween('When a server dies'))
      await topology!.server('catalog').start()
      await poll(
        async () => (await topology!.request('api', 'GET', '/products')).status === 200,
        () => 'the catalogue did not come back',
      )
    })
  })
})

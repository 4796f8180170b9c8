import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createServer } from '@lokstra/core'
import type { TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { readConsoleSteps, type ConsoleStep } from '../../helpers/console-blocks.js'
import { curl, type CurlAnswer } from '../../helpers/curl.js'
import { readBlocks } from '../../helpers/markdown.js'
import { repositoryRoot } from '../../helpers/repository.js'
import { startTodoApi, temporaryData, todoApiFolder } from './todo-api.js'

const page = join(todoApiFolder, 'README.md')

/** What differs from run to run. */
function normalize(text: string): string {
  return text
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, (time) =>
      time.endsWith('T00:00:00.000Z') ? time : '<time>',
    )
    .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<uuid>')
    .replace(/"durationMs":\d+/g, '"durationMs":<ms>')
}

/** The page shows what is printed in the root of the repository. */
function withoutFolder(plan: string): string {
  return plan.replace(/ \S*(?=src\/todos\/)/g, ' ')
}

/** The answer in the form of the page, which leaves out headers that say nothing new. */
function asDocumented(answer: CurlAnswer, { output }: ConsoleStep): string {
  if (!answer.showsHead) return answer.body
  const [documentedHead = ''] = output.split('\n\n')
  const names = documentedHead
    .split('\n')
    .slice(1)
    .map((line) => line.split(':')[0]!.toLowerCase())
  const headers = names.map((name) => `${name}: ${String(answer.headers[name])}`)
  return [answer.statusLine, ...headers, ...(answer.body === '' ? [] : ['', answer.body])].join('\n')
}

describe('the README of the todo API', () => {
  const data = temporaryData()
  let server: TestServer

  before(async function () {
    this.timeout(60_000)
    server = await startTodoApi({ url: 'embedded', dataDir: data.dataDir, durable: false })
  })
  after(async () => {
    await server?.dispose()
    data.remove()
  })

  const steps = readConsoleSteps(page)

  // One after another: later commands speak of what earlier ones made.
  for (const step of steps) {
    it(`shows what happens, line ${step.line}: ${step.command.split('\n')[0]}`, async () => {
      const answer = await curl(step.command, { origin: server.url(), folder: repositoryRoot })
      expect(normalize(asDocumented(answer, step))).to.equal(normalize(step.output))
    })
  }

  it('is what the README of the repository shows first', async () => {
    const [step] = readConsoleSteps(join(repositoryRoot, 'README.md'))
    const answer = await curl(step!.command, { origin: server.url(), folder: repositoryRoot })
    const withoutId = (text: string) => normalize(text).replace(/"id":\d+/, '"id":<id>')
    expect(withoutId(answer.body)).to.equal(withoutId(step!.output))
  })

  it('shows a contract as `lokstra routes --plan` prints it', async () => {
    const shown = readBlocks(page)
      .find(({ text }) => text.includes('handler  '))!
      .text.trimEnd()
    const plans = await createServer({ file: join(todoApiFolder, 'lokstra.yaml') }).describeRoutes({ plan: true })
    expect(withoutFolder(plans)).to.include(withoutFolder(shown))
  })

  it('shows every route and every status that the API has of its own', () => {
    const text = readFileSync(page, 'utf8')
    const shown = steps.map(({ command }) => command).join('\n')
    for (const route of [
      '-X PATCH',
      '-X DELETE',
      '-d ',
      '/todos?',
      '/todos/1',
      '/health/live',
      '/health/ready',
      ':3000/\n',
    ]) {
      expect(`${shown}\n`).to.include(route)
    }
    for (const status of [200, 201, 204, 304, 400, 404, 405, 412, 413, 415])
      expect(text).to.match(new RegExp(`^HTTP/1\\.1 ${status} `, 'm'))
  })
})

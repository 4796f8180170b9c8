import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { BootError, createServer, describeBootFailure, LokstraError, type ServerOptions } from '@lokstra/core'
import { expect } from 'chai'

/** With `UPDATE_FIXTURES=1` the expected reports are written anew, to be read before they are committed. */
const isUpdate = process.env.UPDATE_FIXTURES === '1'
const folder = 'test/fixtures/config/broken'

/** Options of one fixture beside its files, such as its variables. */
function optionsOf(name: string): ServerOptions {
  const file = join(folder, name, 'options.json')
  const options = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ServerOptions) : {}
  return { file: join(folder, name, 'lokstra.yaml'), ...options, env: options.env ?? {} }
}

async function reportOf(name: string): Promise<string> {
  try {
    await createServer(optionsOf(name)).check()
    return ''
  } catch (error) {
    // Without what differs from machine to machine: the folder of the repository, and who called.
    const text = describeBootFailure(error).replaceAll(`${process.cwd()}/`, '')
    return `${text.replace(/^ {4}at .*\n?/gm, '').trimEnd()}\n`
  }
}

describe('a project with mistakes', () => {
  for (const name of readdirSync(folder).sort()) {
    it(`gets exactly the report that is wanted: ${name}`, async () => {
      const report = await reportOf(name)
      const expected = join(folder, name, 'report.txt')
      if (isUpdate) writeFileSync(expected, report)
      expect(report).to.equal(readFileSync(expected, 'utf8'))
      expect(report).not.to.equal('')
    })
  }
})

describe('a report of one mistake', () => {
  it('is that mistake, without a number or a count', async () => {
    const problem = await createServer({ ...optionsOf('file-missing') })
      .check()
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    if (!LokstraError.is(problem)) throw new Error('It passed')
    expect(describeBootFailure(new BootError([problem]))).to.equal(describeBootFailure(problem))
  })
})

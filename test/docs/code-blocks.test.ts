import { join } from 'node:path'

import { expect } from 'chai'

import { readBlocks } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'
import { documentationPages } from './pages.js'
import { typeCheckBlocks } from './type-check-blocks.js'

const pages = documentationPages().map((file) => ({
  file,
  blocks: readBlocks(join(repositoryRoot, file)).filter(({ lang }) => lang === 'ts' || lang === 'typescript'),
}))

/** Whether a decorated method has a parameter of a type. */
function takes(text: string, type: string): boolean {
  return new RegExp(`^ {2}@\\w+\\([^\\n]*\\)?\\n(?: {2}@[^\\n]*\\n)* {2}(?:async )?\\w+\\([^)]*: ${type}\\b`, 'm').test(
    text,
  )
}

describe('TypeScript in the documentation', function () {
  this.timeout(60_000)

  it('compiles with the settings of the repository', async () => {
    const checked = pages.map(({ file, blocks }) => ({
      file,
      blocks: blocks.filter(({ info }) => !info.startsWith('no-check')),
    }))
    expect(await typeCheckBlocks(checked)).to.deep.equal([])
  })

  it('imports as values what operations take, since a type import erases it', () => {
    const erased = pages.flatMap(({ file, blocks }) =>
      blocks
        .filter(({ text }) => /^@Route\(/m.test(text))
        .flatMap(({ text, line }) => {
          const names = [...text.matchAll(/\btype (\w+)/g), ...text.matchAll(/^import type \{ (.+) \}/gm)]
          const taken = names.flatMap(([, list]) => list!.split(', ')).filter((name) => takes(text, name))
          return taken.map((name) => `${file}:${line}: ${name}`)
        }),
    )
    expect(erased).to.deep.equal([])
  })

  it('says why where it is not compiled', () => {
    const bare = pages.flatMap(({ file, blocks }) =>
      blocks.filter(({ info }) => /^no-check\W*$/.test(info)).map(({ line }) => `${file}:${line - 1}`),
    )
    expect(bare).to.deep.equal([])
  })
})

describe('the type check of documentation', function () {
  this.timeout(60_000)

  it('names the line of the page, lets blocks import one another, and follows a file that is shown again', async () => {
    const block = (line: number, text: string) => ({ lang: 'ts', info: '', text, line })
    const errors = await typeCheckBlocks([
      {
        file: 'docs/page.md',
        blocks: [
          block(10, '// src/a.ts\nexport const a = 1\n'),
          block(20, "import { a } from './src/a.js'\nexport const b: string = a\n"),
          block(30, "// src/a.ts\nexport const a = 'text'\n"),
          block(40, "import { a } from './src/a.js'\nexport const c: string = a\n"),
        ],
      },
    ])
    expect(errors).to.have.length(1)
    expect(errors[0]).to.match(/^docs\/page\.md:21: error TS2322/)
  })
})

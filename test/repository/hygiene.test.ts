import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { repositoryFiles, repositoryRoot } from '../helpers/repository.js'

const text = /\.(?:cjs|css|html|js|json|md|mjs|ts|txt|ya?ml)$|(?:^|\/)(?:\.[^/]+|[A-Z]+|run)$/
const source = /\.(?:cjs|js|mjs|ts)$/

/** `file:line: found` of every match. */
function findings(pattern: RegExp, files: RegExp): readonly string[] {
  return repositoryFiles()
    .filter((file) => files.test(file))
    .flatMap((file) =>
      readFileSync(join(repositoryRoot, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          const found = pattern.exec(line)?.[0]
          return found === undefined ? [] : [`${file}:${index + 1}: ${found}`]
        }),
    )
}

describe('the repository', () => {
  it('names no path of the machine that it was written on', () => {
    expect(findings(/(?<![\w.])\/(?:work|root|home\/\w+|Users\/\w+)\//, text)).to.deep.equal([])
  })

  it('names no package registry, so that it installs from whichever the machine is set to', () => {
    const registry =
      /https?:\/\/(?:artifactory|nexus|npm|registry)\.[\w.-]+|\bregistry\.npmjs\.org|^\s*registry\s*=|"resolved": "https?:/
    expect(findings(registry, text)).to.deep.equal([])
  })

  it('holds no note of work left undone in its sources', () => {
    expect(findings(/\b(?:TO[D]O|FIX[M]E|XX[X])\b/, source)).to.deep.equal([])
  })
})

import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

import { expect } from 'chai'

import { readProse } from '../helpers/markdown.js'
import { repositoryFiles, repositoryRoot } from '../helpers/repository.js'

const pages = repositoryFiles().filter((file) => file.endsWith('.md') && !file.startsWith('packages/cli/'))

/** The anchors that GitHub gives the headings of a page: repeated ones are numbered. */
function anchorsOf(file: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const line of readProse(join(repositoryRoot, file))) {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    const named = /<a (?:id|name)="([^"]+)"/.exec(line)?.[1]
    if (named !== undefined) anchors.add(named)
    if (title === undefined) continue
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

function brokenLinks(page: string): string[] {
  return readProse(join(repositoryRoot, page)).flatMap((line, index) => {
    const text = line.replace(/`[^`]*`/g, '')
    const targets = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s+(\S+)/g)]
    return targets
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((target) => target !== '' && !/^[a-z][a-z+.-]*:/i.test(target))
      .filter((target) => !resolves(page, target))
      .map((target) => `${page}:${index + 1}: ${target}`)
  })
}

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = decodeURIComponent(target).split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path))
  const absolute = join(repositoryRoot, file)
  if (relative(repositoryRoot, absolute).startsWith('..') || !existsSync(absolute)) return false
  if (anchor === undefined || !file.endsWith('.md')) return true
  return statSync(absolute).isFile() && anchorsOf(file).has(anchor)
}

describe('links between the Markdown files', () => {
  it('name files and headings that exist', () => {
    expect(pages.flatMap(brokenLinks)).to.deep.equal([])
  })
})

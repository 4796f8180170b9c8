import { readFileSync } from 'node:fs'

/** One fenced block of a Markdown file. */
export interface MarkdownBlock {
  /** First word after the fence in lower case; empty when there is none. */
  readonly lang: string
  /** What follows the language on the line of the fence. */
  readonly info: string
  /** The content, every line with its line break. */
  readonly text: string
  /** Line of the file, from 1, on which the content starts. */
  readonly line: number
}

/** The fenced blocks of a Markdown file in order; the fence's own indentation is taken off each line. CommonMark §4.5. */
export function readBlocks(file: string): readonly MarkdownBlock[] {
  return scan(readFileSync(file, 'utf8'), file).blocks
}

/** The file with fenced blocks emptied: what is left keeps its line numbers. */
export function readProse(file: string): readonly string[] {
  return scan(readFileSync(file, 'utf8'), file).prose
}

interface OpenBlock extends MarkdownBlock {
  readonly fence: string
  readonly indent: string
}

function scan(markdown: string, file: string): { blocks: MarkdownBlock[]; prose: string[] } {
  const blocks: MarkdownBlock[] = []
  const prose: string[] = []
  let open: OpenBlock | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open) {
      const content = line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart()
      if (closes(content, open.fence)) {
        const { lang, info, text, line: start } = open
        blocks.push({ lang, info, text, line: start })
        open = undefined
      } else {
        open = { ...open, text: `${open.text}${content}\n` }
      }
      prose.push('')
      continue
    }
    const [, indent, fence, label] = /^([ \t]*)(`{3,}|~{3,})([^`]*)$/.exec(line) ?? []
    if (indent === undefined || fence === undefined) {
      prose.push(line)
      continue
    }
    const [lang = '', ...info] = (label ?? '').trim().split(/\s+/)
    open = { fence, indent, lang: lang.toLowerCase(), info: info.join(' '), text: '', line: index + 2 }
    prose.push('')
  }
  if (open) throw new Error(`${file}:${open.line - 1}: this fence is not closed`)
  return { blocks, prose }
}

function closes(line: string, fence: string): boolean {
  const text = line.trim()
  return text.startsWith(fence) && text.replaceAll(fence.charAt(0), '') === ''
}

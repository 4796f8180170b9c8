import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'

import { isSecretKey } from './secret-key.js'

/** Where a text begins and ends. */
export type Range = readonly [start: number, end: number]

/**
 * Where the values of keys that look secret stand in YAML, whatever its style; also in YAML with mistakes, as far as it can be read.
 * The parser is loaded when it is asked for, which is at once: a report is made of a file that was parsed.
 */
export function secretRanges(text: string): readonly Range[] {
  const { isNode, isScalar, parseAllDocuments, visit } = createRequire(import.meta.url)('yaml') as typeof Yaml
  const documents = parseAllDocuments(text, { logLevel: 'silent', strict: false, uniqueKeys: false })
  if (!Array.isArray(documents)) return []
  const ranges: Range[] = []
  for (const document of documents as Yaml.Document.Parsed[]) {
    visit(document, {
      Pair(_, { key, value }) {
        if (!isScalar(key) || !isSecretKey(String(key.value)) || !isNode(value) || !value.range) return undefined
        ranges.push([value.range[0], value.range[1]])
        return visit.SKIP
      },
    })
  }
  return ranges
}

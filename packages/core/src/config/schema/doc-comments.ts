import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Class } from '../../decorators/metadata.js'

/** What is written above a class, or above one of its properties. Undefined where nothing is. */
export type Describe = (type: Class, property?: string) => string | undefined

interface ClassComments {
  readonly own: string | undefined
  readonly properties: ReadonlyMap<string, string>
}

const comment = String.raw`(?:/\*\*((?:(?!\*/)[^])*)\*/\s*)`
const classes = new RegExp(
  String.raw`^${comment}?(?:export )?(?:default )?(?:declare )?(?:abstract )?class (\w+)[^{]*\{([^]*?)^\}`,
  'gm',
)
const properties = new RegExp(String.raw`^ {4}${comment}(?:(?:declare|readonly|override|accessor) )*(\w+)[?!]?:`, 'gm')

/**
 * The doc comments of classes, read from the declarations that the compiler wrote beside the code: what an editor shows for a key is
 * what stands above the field, and there is no second text that could say something else.
 */
export class DocComments {
  readonly #classes = new Map<string, ClassComments>()

  /** Of every declaration file in a folder and below it. */
  static ofFolder(folder: string): DocComments {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'))
    return new DocComments(files.sort().map((file) => join(folder, file)))
  }

  /** Of what was compiled to these files; those without declarations beside them say nothing. */
  static ofCompiled(files: readonly string[]): DocComments {
    return new DocComments(
      files.map((file) => file.replace(/\.([cm]?)js$/, '.d.$1ts')).filter((file) => existsSync(file)),
    )
  }

  /** @param files  declaration files; of classes with one name the first counts */
  constructor(files: readonly string[]) {
    for (const file of files) this.#read(readFileSync(file, 'utf8'))
  }

  readonly describe: Describe = (type, property) => {
    for (let at: unknown = type; typeof at === 'function' && at.name !== ''; at = Object.getPrototypeOf(at)) {
      const found = this.#classes.get(at.name)
      const text = property === undefined ? found?.own : found?.properties.get(property)
      if (text !== undefined || property === undefined) return text
    }
    return undefined
  }

  #read(text: string): void {
    for (const [, own, name, body] of text.matchAll(classes)) {
      if (this.#classes.has(name!)) continue
      const found = [...body!.matchAll(properties)].map(
        ([, written, property]) => [property!, plain(written!)] as const,
      )
      this.#classes.set(name!, { own: own === undefined ? undefined : plain(own), properties: new Map(found) })
    }
  }
}

/** The text of a comment as one paragraph, up to its first tag. */
function plain(written: string): string {
  const lines = written.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trim())
  const tag = lines.findIndex((line) => line.startsWith('@'))
  return lines
    .slice(0, tag < 0 ? undefined : tag)
    .join(' ')
    .replace(/\{@link (\S+?)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
}

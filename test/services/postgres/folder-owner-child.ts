// A program that claims the folders named on its standard input, one after the other, and says what came of it.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

import { LokstraError } from '@lokstra/core'

import type * as Owners from '../../../packages/services/dist/postgres/embedded/folder-owner.js'

/** Through the public door a claim comes with the start of a server, which is too slow for many rounds. */
const root = dirname(createRequire(import.meta.url).resolve('@lokstra/services/package.json'))
const file = pathToFileURL(join(root, 'dist/postgres/embedded/folder-owner.js')).href
const { FolderOwner } = (await import(file)) as typeof Owners

let owner: Owners.FolderOwner | undefined
for await (const line of createInterface(process.stdin)) {
  try {
    if (line === 'release') owner?.release()
    else {
      owner = undefined
      owner = await FolderOwner.claim(line)
    }
    console.log(line === 'release' ? 'released' : 'claimed')
  } catch (error) {
    console.log(LokstraError.is(error) ? error.code : String(error))
  }
}

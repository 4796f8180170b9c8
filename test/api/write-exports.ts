// `npm run api:update`: takes the exports of today as those that the packages promise.
import { writeFileSync } from 'node:fs'

import { readExports, snapshotFile } from './read-exports.js'

writeFileSync(snapshotFile, `${JSON.stringify(await readExports(), undefined, 2)}\n`)

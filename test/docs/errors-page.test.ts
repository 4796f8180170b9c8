import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { repositoryRoot } from '../helpers/repository.js'

describe('the pages of errors', () => {
  it('say what the catalogue says, with every code defined once', async () => {
    await promisify(execFile)(process.execPath, ['scripts/generate-error-docs.js', '--check'], { cwd: repositoryRoot })
  })
})

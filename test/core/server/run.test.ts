import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'

describe('Lokstra.run', () => {
  for (const given of [
    "config: { name: 'shop', apps: [{ name: 'api', listen: '127.0.0.1:0' }] }",
    'modules: [], config: { apps: [] }',
  ]) {
    it(`needs no file beside what stands in code: ${given}`, async () => {
      const script = `import { Lokstra } from '@lokstra/core'
const server = await Lokstra.run({ ${given}, banner: false })
console.log(server.phase)
await server.stop()
`
      await using app = await createAppFolder({ 'main.js': script })
      const { stdout } = await promisify(execFile)(process.execPath, [join(app.path, 'main.js')], { cwd: app.path })
      expect(stdout).to.equal('ready\n')
    })
  }
})

import { join } from 'node:path'

import { createTopology, type Topology } from '@lokstra/core/testing'

import { shopFolder, temporaryData } from './shop.js'
import { shopSuite } from './shop-suite.js'

for (const mode of ['direct'] as const) {
  describe(`the shop, ${mode}`, () => {
    const data = temporaryData()
    let topology: Topology

    before(async function () {
      this.timeout(60_000)
      topology = await createTopology({
        file: join(shopFolder, 'lokstra.yaml'),
        mode,
        env: { ...process.env, DATA_DIR: data.dataDir, DURABLE: 'false', LOG_LEVEL: 'silent' },
      })
    })
    after(async () => {
      await topology?.stop()
      data.remove()
    })

    shopSuite(() => topology)
  })
}

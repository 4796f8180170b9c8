import { eachMode, topologyModes, type Topology } from '@lokstra/core/testing'

import { openShop, type OpenShop } from './shop.js'
import { shopSuite } from './shop-suite.js'

describe('the shop', function () {
  this.timeout(60_000)

  eachMode(topologyModes, (mode) => {
    let shop: OpenShop | undefined

    before(async () => {
      shop = await openShop({ mode })
    })
    after(() => shop?.close())

    shopSuite((): Topology => shop!.topology)
  })
})

import '@lokstra/core'

import '../../sample/order-classes.js'
import '../node-http/server.js'

import 'reflect-metadata'

import '../../sample/order-classes.js'
// Last: it listens, and what comes after would be loaded under load.
import '../node-http/server.js'

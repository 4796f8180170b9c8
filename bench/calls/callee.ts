import { announce } from '../targets/serve.js'
import { startOf } from './servers.js'

// In production a server says where it is; what calls this one is told its port.
const server = await startOf('callee', 'http://127.0.0.1:1')
announce(Number(new URL(server.listeners[0]!.url).port))

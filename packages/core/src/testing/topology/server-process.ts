import { Socket } from 'node:net'

import '../../decorators/reflect-metadata.js'
import { describeBootFailure } from '../../errors/describe-boot-failure.js'
import { createServer } from '../../server/server.js'
import { useLifeline } from '../../server/lifeline.js'
import type { ServerOptions } from '../../server/server-options.js'
import type { FromServer } from './child-server.js'

/** Descriptor of the pipe that whoever has started this process holds open as long as it lives, however it dies. */
const lifelineFd = 4
/** What the process gets to stop in order after that, in milliseconds. */
const graceMs = 3_000

function tell(message: FromServer, sent?: () => void): void {
  if (process.connected) process.send!(message, () => sent?.())
  else sent?.()
}

const options = JSON.parse(process.argv[2]!) as ServerOptions
useLifeline(lifelineFd)
const server = createServer(options)

const lifeline = new Socket({ fd: lifelineFd, readable: true, writable: false })
lifeline.on('error', () => undefined)
lifeline.once('close', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs).unref()
  void server.stop().finally(() => process.exit(0))
})
lifeline.resume().unref()

try {
  await server.start({ signals: true })
  tell({ type: 'ready' }, () => process.disconnect?.())
} catch (error) {
  tell({ type: 'failed', text: describeBootFailure(error) }, () => process.exit(1))
}

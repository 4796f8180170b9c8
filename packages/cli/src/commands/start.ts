import { Lokstra } from '@lokstra/core'

import { outliveReader } from '../reader.js'

/** Starts the server and leaves it running; the exit code is 1 when it cannot start. */
export async function start(config: string): Promise<void> {
  outliveReader()
  // Stacks in development name the lines that people wrote. Translating them costs too much for a busy server.
  if (process.env.NODE_ENV !== 'production') process.setSourceMapsEnabled(true)
  await Lokstra.run({ file: config, banner: true })
}

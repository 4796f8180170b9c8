import { Lokstra } from '@lokstra/core'

/** Starts the server and leaves it running; the exit code is 1 when it cannot start. */
export async function start(config: string): Promise<void> {
  await Lokstra.run({ file: config, banner: true })
}

import { existsSync } from 'node:fs'

import { chromium, type Browser } from 'playwright-core'

import { skipSuite } from './skip-suite.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Skips the running suite, and says how to have it run, where there is no Chromium; fails instead when `CI=true`. */
export async function launchChromiumOrSkip(suite: Mocha.Context): Promise<Browser> {
  if (executablePath !== undefined) return chromium.launch({ executablePath })
  return skipSuite(suite, 'No Chromium on this machine: apt-get install --no-install-recommends chromium')
}

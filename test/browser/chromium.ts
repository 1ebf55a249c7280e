import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { Context } from 'mocha'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Skips where there is none. It comes from the system, and a plain npm test asks nobody to install it; .ci/run does. */
export const needsChromium = (context: Context): void => {
  if (existsSync(CHROMIUM)) return
  assert.ok(!process.env.TEST_BROWSER, `There is no ${CHROMIUM}`)
  context.skip()
}

export const openChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })

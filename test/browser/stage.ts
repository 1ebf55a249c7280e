import type { Context } from 'mocha'
import type { Browser } from 'playwright-core'
import { onlyInDepth } from '../helpers/depth'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { needsChromium, openChromium } from './chromium'

/** An application, and a browser that visits it. */
export interface BrowserStage {
  readonly world: World
  readonly browser: Browser
}

const { NODE_ENV } = process.env

/** Skips what needs a browser in a quick run, and where there is none. */
export const needsBrowser = (context: Context): void => {
  if (!process.env.TEST_BROWSER) onlyInDepth(context)
  needsChromium(context)
}

/** Opens both for the tests of a file, which are skipped in a quick run, since a browser takes its time, and where there is no Chromium. */
export const openStage = async (context: Context): Promise<BrowserStage> => {
  needsBrowser(context)

  return { world: await startWorld(), browser: await openChromium() }
}

/** The same as while somebody develops the application. */
export const openDevelopmentStage = async (context: Context): Promise<BrowserStage> => {
  needsBrowser(context)
  process.env.NODE_ENV = 'development'

  return {
    world: await startWorld({ settings: { rate_limit: { requests: 0 } } }),
    browser: await openChromium()
  }
}

/** Ends both; of a file that was skipped there is neither. */
export const closeStage = async ({ world, browser }: Partial<BrowserStage>): Promise<void> => {
  await browser?.close()
  await world?.close()
}

export const closeDevelopmentStage = async (stage: Partial<BrowserStage>): Promise<void> => {
  process.env.NODE_ENV = NODE_ENV
  await closeStage(stage)
}

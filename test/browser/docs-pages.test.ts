import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { PATIENCE } from './admin-stage'
import { closeStage, openStage } from './stage'

/** What a reader of the document sees on each page. */
const PAGES: Readonly<Record<string, string>> = {
  '/docs': '.opblock-tag-section',
  '/redoc': '[data-section-id]',
  '/scalar': 'section'
}
/** ReDoc's footer has a picture from a network of its makers; the policy of the page keeps it out. */
const KEPT_OUT = /cdn\.redoc\.ly/

describe('the pages of the document, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
  })
  after(() => closeStage({ world, browser }))

  for (const [path, section] of Object.entries(PAGES))
    it(`${path} shows the operations, asks nobody else for anything, and breaks no rule of its policy`, async () => {
      const page = await browser.newPage()
      page.setDefaultTimeout(PATIENCE)
      const elsewhere: string[] = []
      const problems: string[] = []
      page.on('request', (request) => {
        const url = request.url()
        if (!url.startsWith(world.url) && !/^(data|blob):/.test(url)) elsewhere.push(url)
      })
      page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())))
      page.on('pageerror', ({ message }) => problems.push(message))
      await page.goto(`${world.url}${path}`)
      await page.locator(section).first().waitFor()
      await page.getByText('tasks').first().waitFor()
      assert.deepEqual(
        elsewhere.filter((url) => !KEPT_OUT.test(url)),
        []
      )
      assert.deepEqual(
        problems.filter((text) => !KEPT_OUT.test(text)),
        []
      )
      await page.close()
    })
})

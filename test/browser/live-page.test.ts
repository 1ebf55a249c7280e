import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { Gateway } from '../client/gateway'
import type { Person, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'
import { needsChromium, openChromium } from './chromium'
import { openSite } from './site'

const PAGE = path.join(__dirname, 'page.html')
/** Seconds that a token is good for. */
const TTL = 4

describe('a page with a live list, in Chromium (skipped where there is none: CHROMIUM names its program)', function () {
  this.timeout(180_000)
  let site: Awaited<ReturnType<typeof openSite>>
  let browser: Browser
  let world: World
  let gateway: Gateway
  let reader: Person
  let other: Person
  let page: Page
  const settings = () => ({
    allowed_origins: [site.origin],
    auth: { access_ttl: TTL, expiry_warning: 1 }
  })

  before(async function () {
    needsChromium(this)
    site = await openSite()
    world = await startWorld({ settings: settings() })
    gateway = await Gateway.open(world.url)
    reader = await world.register('reader')
    other = await world.register('other')
    browser = await openChromium()
  })
  after(async () => {
    await browser?.close()
    gateway?.close()
    await world?.close()
    await site?.close()
  })

  const order = (number: string, { id }: Person, status = 'pending') =>
    world.sql(
      `insert into orders (user_id, order_number, status, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address)
       values ($1, $2, $3, 1, 0, 0, 1, 'EUR', 'card', '{"city":"Port"}', '{"city":"Port"}')`,
      [id, number, status]
    )
  // As texts: these run in the page, whose globals Node does not know.
  const LIST = `[...document.querySelectorAll('li')].map((item) => item.textContent).join()`
  const shows = (...expected: string[]) =>
    page.waitForFunction(
      `${LIST} === ${JSON.stringify(expected.join())} && document.querySelector('#status').textContent === 'live'`
    )
  /** Keeps everything that the list shows from now on. */
  const watch = () =>
    page.evaluate(`
      window.shown = []
      new MutationObserver(() => window.shown.push(${LIST})).observe(document.querySelector('#orders'), { childList: true })
    `)
  const shown = () => page.evaluate<string[]>('window.shown')

  it('has at most thirty lines', () => {
    assert.ok(readFileSync(PAGE, 'utf8').trim().split('\n').length <= 30)
  })

  it('shows what the filter finds, and nothing that is another’s', async () => {
    await order('ORD-1', reader)
    await order('ORD-2', other)
    await order('ORD-3', reader, 'cancelled')
    page = await browser.newPage()
    const query = new URLSearchParams({ url: gateway.url, email: reader.email!, password: PASSWORD })
    await page.goto(`${site.origin}/page.html#${query}`)
    await shows('ORD-1')
    await order('ORD-4', reader)
    await shows('ORD-1', 'ORD-4')
    await world.sql(`update orders set status = 'confirmed' where order_number = 'ORD-1'`)
    await shows('ORD-4')
    await watch()
  })

  it('is right after a restart of the server, and was never empty', async () => {
    const { database } = world
    gateway.lead()
    await world.close(true)
    gateway.cut()
    world = await startWorld({ database, settings: settings() })
    await order('ORD-5', reader)
    gateway.lead(world.url)
    await shows('ORD-4', 'ORD-5')
  })

  it('gains and loses what a change of the role gives and takes', async () => {
    await world.sql(`update users set role = 'admin' where id = $1`, [reader.id])
    await shows('ORD-2', 'ORD-4', 'ORD-5')
    await world.sql(`update users set role = 'user' where id = $1`, [reader.id])
    await shows('ORD-4', 'ORD-5')
  })

  it('is right after a night without a connection, in which the token has ended', async () => {
    gateway.lead()
    gateway.cut()
    await order('ORD-6', reader)
    await new Promise((resolve) => setTimeout(resolve, (TTL + 2) * 1000))
    gateway.lead(world.url)
    await shows('ORD-4', 'ORD-5', 'ORD-6')
    assert.deepEqual((await shown()).filter((text) => text === ''), []) // prettier-ignore
  })
})

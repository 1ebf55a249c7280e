import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { Gateway } from '../client/gateway'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { needsChromium, openChromium } from './chromium'
import { openSite } from './site'

/**
 * What docs/events.md has a page do: a ticket opens a stream, and another one the next, from the last id on. As a text, since it runs in the
 * page, whose globals Node does not know.
 */
const FOLLOW = `async (api, token) => {
  window.heard = []
  window.tickets = 0
  const follow = async (after) => {
    const answer = await fetch(api + '/events/tickets', { method: 'POST', headers: { Authorization: 'Bearer ' + token } }).catch(() => undefined)
    if (!answer?.ok) return setTimeout(() => follow(after), 100)
    window.tickets++
    const { ticket } = await answer.json()
    const source = new EventSource(api + '/events?' + new URLSearchParams({ resources: 'tasks', ticket, ...after }))
    source.addEventListener('hello', () => { window.isOpen = true })
    for (const name of ['created', 'patched', 'removed'])
      source.addEventListener('tasks ' + name, ({ data, lastEventId }) => {
        window.heard.push(name + ' ' + JSON.parse(data).title)
        if (lastEventId) after = { last_event_id: lastEventId }
      })
    source.onerror = () => {
      window.isOpen = false
      if (source.readyState === EventSource.CLOSED) follow(after)
    }
  }
  await follow({})
}`

describe('the EventSource of Chromium (skipped where there is none: CHROMIUM names its program)', function () {
  this.timeout(180_000)
  let site: Awaited<ReturnType<typeof openSite>>
  let browser: Browser
  let world: World
  let gateway: Gateway
  let owner: Person
  let stranger: Person
  let page: Page
  before(async function () {
    needsChromium(this)
    site = await openSite()
    world = await startWorld({ settings: { allowed_origins: [site.origin] } })
    gateway = await Gateway.open(world.url)
    ;({ owner, stranger } = await world.cast())
    browser = await openChromium()
    page = await browser.newPage()
    await page.goto(`${site.origin}/page.html`)
  })
  after(async () => {
    await browser?.close()
    gateway?.close()
    await world?.close()
    await site?.close()
  })

  const write = (person: Person, title: string) => world.rest(person, 'POST', '/tasks', { body: { title } })
  const heard = (titles: string[]) =>
    page.waitForFunction(`JSON.stringify(window.heard) === ${JSON.stringify(JSON.stringify(titles))}`)

  it('is opened by a ticket, from another origin, and hears what its reader may see', async () => {
    await page.evaluate(
      `(${FOLLOW})(${JSON.stringify(`${gateway.url}/api/v1`)}, ${JSON.stringify(owner.token)})`
    )
    await page.waitForFunction('window.isOpen')
    await write(stranger, 'not mine')
    await write(owner, 'mine')
    await heard(['created mine'])
  })

  it('goes on from its last id by another ticket, without a gap and nothing twice', async () => {
    gateway.lead()
    gateway.cut()
    await page.waitForFunction('!window.isOpen')
    await write(stranger, 'not mine either')
    for (const title of ['missed', 'missed too']) await write(owner, title)
    gateway.lead(world.url)
    await heard(['created mine', 'created missed', 'created missed too'])
    await write(owner, 'live')
    await heard(['created mine', 'created missed', 'created missed too', 'created live'])
    assert.ok((await page.evaluate<number>('window.tickets')) >= 2)
  })
})

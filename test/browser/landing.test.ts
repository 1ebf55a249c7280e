import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { PASSWORD } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeDevelopmentStage, openDevelopmentStage } from './stage'

describe('the page at / while developing, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openDevelopmentStage(this))
    const { email } = await world.person('admin')
    world.app.set('logins', [{ email, password: PASSWORD, role: 'admin' }])
  })
  after(() => closeDevelopmentStage({ world, browser }))

  it('says what runs here, counts what happens, and signs in by a login of the demonstration', async () => {
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    await page.goto(world.url)
    await page.getByRole('heading', { name: 'Rachis' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'docs', exact: true }).getAttribute('href'), '/docs')
    await page.getByText('live', { exact: true }).waitFor()
    await world.make('categories', { name: 'Tea', slug: 'tea' })
    await page.locator('#latest').getByText('categories created #1').waitFor()
    assert.equal(await page.locator('#events').textContent(), '1')
    await visitor.shoot('landing')
    await page.getByRole('button', { name: 'Sign in as admin' }).click()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await visitor.end()
  })

  it('is for browsers: a program is answered data', async () => {
    const answer = await fetch(world.url)
    assert.match(answer.headers.get('content-type')!, /json/)
    const { links, logins } = (await answer.json()) as { links: Record<string, string>; logins: object[] }
    assert.equal(links.admin, '/admin')
    assert.ok(!('landing' in links))
    assert.equal(logins.length, 1)
  })
})

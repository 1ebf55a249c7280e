import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { firstLoad, flaws } from './axe'
import { closeStage, openStage } from './stage'

/** Bytes of the first load, as they are sent. */
const LIMIT = 400 * 1024
const PHONE = { width: 375, height: 740 }

describe('the admin page for everybody, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    await world.make('products', {
      name: 'Green tea',
      sku: 'TEA-1',
      price: 4.5,
      brand: 'Leaf',
      tags: ['new']
    })
    const { id } = await world.person('admin')
    await world.make('tasks', { title: 'Count the cups', user_id: id, due_date: '2026-03-01T10:00:00Z' })
    await world.make('inventory', { current_stock: 3, reorder_level: 5 })
  })
  after(() => closeStage({ world, browser }))

  const PAGES = ['', 'products', 'products/1/show', 'products/create', 'products/1', 'tasks', 'tasks/1/show', 'inventory', 'users', 'orders/create', 'account'] // prettier-ignore

  it('breaks no rule of WCAG 2.2 AA, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const visitor = await Visitor.open(browser, world)
      await visitor.page.emulateMedia({ colorScheme })
      await visitor.go('login')
      await visitor.page.getByRole('heading').waitFor()
      assert.deepEqual(await flaws(visitor.page), [], 'login')
      await visitor.signIn(await world.person('admin'))
      for (const place of PAGES) {
        await visitor.go(place)
        await visitor.page.getByRole('heading', { level: 1 }).waitFor()
        await visitor.page.waitForLoadState('networkidle')
        assert.deepEqual(await flaws(visitor.page), [], `${place} in ${colorScheme}`)
        if (colorScheme === 'dark') await visitor.shoot(`dark-${place.replace(/\//g, '-') || 'overview'}`)
      }
      await visitor.end()
    }
  })

  /** What opens over a page: where, the button that opens it, and what is seen then. (A dialog is loaded when it is first asked for.) */
  const DIALOGS = [
    ['products', 'Export', '.popup > div'],
    ['products', 'Import', 'dialog'],
    ['products', 'Removed', 'dialog'],
    ['products/1/show', 'Delete', 'dialog'],
    ['products/1/show', 'History', '.history']
  ] as const

  it('breaks no rule of WCAG 2.2 AA in what opens over a page', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const visitor = await Visitor.open(browser, world, { who: 'admin' })
      // The page is open already: it follows the system.
      await visitor.page.emulateMedia({ colorScheme })
      await visitor.page.locator(`html[data-theme=${colorScheme}]`).waitFor()
      for (const [place, name, opened] of DIALOGS) {
        await visitor.go(place)
        await visitor.page.getByRole('button', { name, exact: true }).first().click()
        await visitor.page.locator(opened).first().waitFor()
        await visitor.page.waitForLoadState('networkidle')
        assert.deepEqual(await flaws(visitor.page), [], `${name} of ${place} in ${colorScheme}`)
        await visitor.shoot(`${colorScheme}-${name.toLowerCase()}`)
        await visitor.page.keyboard.press('Escape')
        if (opened !== '.history') await visitor.page.locator(opened).waitFor({ state: 'detached' })
      }
      await visitor.end()
    }
  })

  it('fits a telephone: nothing is wider than the screen but tables, which scroll', async () => {
    const visitor = await Visitor.open(browser, world, { who: 'admin', viewport: PHONE })
    for (const place of PAGES) {
      await visitor.go(place)
      await visitor.page.getByRole('heading', { level: 1 }).waitFor()
      await visitor.page.waitForLoadState('networkidle')
      assert.ok(
        (await visitor.page.evaluate<number>('document.documentElement.scrollWidth')) <= PHONE.width,
        place
      )
      await visitor.shoot(`phone-${place.replace(/\//g, '-') || 'overview'}`)
    }
    await visitor.page.getByRole('button', { name: 'Menu' }).click()
    await visitor.page.locator('#menu').getByRole('link', { name: 'Tasks' }).click()
    await visitor.page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await visitor.end()
  })

  it('is worked by the keyboard alone', async () => {
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    await visitor.signIn(await world.person('admin'))
    await visitor.go('products/create')
    await page.getByLabel('Name').focus()
    await page.keyboard.type('Keyed')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type('KEY-1')
    await page.keyboard.press('Tab')
    await page.keyboard.type('2.50')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Keyed', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal((await world.sql(`select 1 from products where sku = 'KEY-1'`)).length, 1)
    await visitor.end()
  })

  it('loads at most 400 KB before it is shown, within two seconds', async () => {
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    const shown = () => page.getByRole('heading', { name: 'Overview' }).waitFor()
    const { bytes, took } = await firstLoad(page, `${world.url}/admin`, shown)
    console.log(`      ${bytes} bytes, ${took} ms`)
    assert.ok(bytes > 10_000 && bytes <= LIMIT, `${bytes} bytes`)
    assert.ok(took < 2000, `${took} ms`)
    await visitor.end()
  })
})

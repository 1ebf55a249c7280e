import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { Json, Person, World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { firstLoad } from './axe'
import { Guest, PHONE } from './front-stage'
import { closeStage, openStage } from './stage'

const LIMIT = 400 * 1024

describe('the stock page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  let north: Person
  let shelf: Json
  before(async function () {
    ;({ world, browser } = await openStage(this))
    north = await world.person('north')
    const drinks = await world.make('categories', { name: 'Drinks', slug: 'drinks' })
    const kitchen = await world.make('categories', { name: 'Kitchen', slug: 'kitchen' })
    const tea = await world.make('products', { name: 'Green tea', sku: 'TEA-1', price: 2, category_id: drinks.id, stock_quantity: 3 }) // prettier-ignore
    const mug = await world.make('products', { name: 'Blue mug', sku: 'MUG-1', price: 10, category_id: kitchen.id, stock_quantity: 90 }) // prettier-ignore
    const pier = await world.make('stores', { name: 'North Pier', region: 'North', manager_id: north.id })
    const gate = await world.make('stores', { name: 'South Gate', region: 'South', store_type: 'kiosk' })
    shelf = await world.make('inventory', { product_id: tea.id, store_id: pier.id, current_stock: 4, reorder_level: 10, max_stock: 50 }) // prettier-ignore
    await world.make('inventory', { product_id: mug.id, store_id: gate.id, current_stock: 40, reorder_level: 5, max_stock: 60 }) // prettier-ignore
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-stock')
  })
  after(() => closeStage({ world, browser }))

  const open = (who?: string, viewport?: typeof PHONE) => Guest.open(browser, world, 'stock', who, viewport)
  const figure = ({ page }: Guest, name: string) => page.locator('.figures > *', { hasText: name })
  const rows = ({ page }: Guest) => page.locator('tbody tr')
  const counts = async (guest: Guest, expected: number) => {
    const end = Date.now() + 10_000
    while (Date.now() < end && (await rows(guest).count()) !== expected) await guest.page.waitForTimeout(20)
    assert.equal(await rows(guest).count(), expected)
  }

  it('asks whoever is not signed in to sign in, and asks the server for nothing that is not theirs', async () => {
    const guest = await open()
    const asked: string[] = []
    guest.page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    for (const place of ['', 'levels', 'movements', 'stores']) {
      await guest.go(place)
      await guest.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    }
    assert.deepEqual(asked.filter((path) => /inventory|stores|replenishments/.test(path)), []) // prettier-ignore
    await guest.page.getByLabel('Email').fill('nobody@example.com')
    await guest.page.getByLabel('Password').fill('wrong-horse')
    await guest.page.locator('form .primary').click()
    await guest.page.getByRole('alert').waitFor()
    await guest.visitor.end()
  })

  it('shows who is signed in the figures and levels, filtered, and nothing to change', async () => {
    const guest = await open('owner')
    const { page } = guest
    await guest.go()
    await figure(guest, 'Value of the stock').getByText('US$408').waitFor()
    await figure(guest, 'Running low').getByText('1', { exact: true }).waitFor()
    await page
      .getByRole('region', { name: 'Trend' })
      .getByRole('img', { name: /Units: / })
      .waitFor()
    await page.getByRole('button', { name: '7 days' }).click()
    await page.getByText('As a table').click()
    await page.locator('.scroll tbody tr').nth(6).waitFor()
    // Those of the shop as a whole are for administrators.
    assert.equal(await page.getByText('The shop’s own stock').count(), 0)
    assert.equal(await page.getByText('Sales of 30 days').count(), 0)
    await page.getByLabel('Region').selectOption('South')
    await figure(guest, 'Running low').getByText('0', { exact: true }).waitFor()
    await guest.go('levels')
    await counts(guest, 2)
    await page.getByLabel('Category').selectOption('Kitchen')
    await counts(guest, 1)
    await page.getByLabel('Category').selectOption('')
    await page.getByLabel('Running low only').check()
    await rows(guest).filter({ hasText: 'Green tea' }).waitFor()
    await counts(guest, 1)
    assert.equal(await page.getByRole('button', { name: /Set levels/ }).count(), 0)
    await guest.go('movements')
    await page.getByText('Nothing was asked for').waitFor()
    assert.equal(await page.getByText('Ask for a replenishment').count(), 0)
    await guest.go('stores')
    await page.getByRole('heading', { name: 'South Gate' }).waitFor()
    assert.equal(await page.getByText('Open another store').count(), 0)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.equal(await page.getByText('South Gate').count(), 0)
    await guest.visitor.end()
  })

  it('lets the manager of a store set its levels, with what is wrong at its field, before others’ eyes', async () => {
    const [keeper, reader] = [await open('north'), await open('owner')]
    await reader.go('levels')
    await counts(reader, 2)
    await reader.live()
    await keeper.go('levels')
    // Of the other store nothing is theirs to change.
    await keeper.page.getByRole('button', { name: 'Set levels of Green tea' }).click()
    assert.equal(await keeper.page.getByRole('button', { name: 'Set levels of Blue mug' }).count(), 0)
    const dialog = keeper.page.getByRole('dialog')
    await dialog.getByLabel('In stock').fill('-1')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.locator('[name=current_stock][aria-invalid=true]').waitFor()
    await dialog.getByLabel('In stock').fill('51')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('must be at most max_stock').waitFor()
    await dialog.getByLabel('In stock').fill('30')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    const row = rows(reader).filter({ hasText: 'Green tea' })
    await row.getByText('30', { exact: true }).waitFor()
    await row.getByText('changed').waitFor()
    await reader.visitor.shoot('stock-levels-live')
    await row.getByText('changed').waitFor({ state: 'detached' })
    await keeper.go(`levels/${shelf.id}`)
    await keeper.page.getByText('In stock: 4 → 30').waitFor()
    await keeper.page.getByText('+26').waitFor()
    await Promise.all([keeper, reader].map(({ visitor }) => visitor.end()))
  })

  it('takes what a store asks for up to the shelf: asked, approved, fulfilled', async () => {
    const [keeper, staff] = [await open('north'), await open('manager')]
    const { page } = keeper
    await keeper.go('movements?ask=yes')
    await page.getByLabel('For the store').selectOption({ label: 'North Pier' })
    await page.getByLabel('Product').selectOption({ label: 'Green tea (TEA-1)' })
    await page.getByLabel('Quantity').fill('0')
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.locator('[name=quantity][aria-invalid=true]').waitFor()
    await page.getByLabel('Quantity').fill('21')
    await staff.go('movements')
    await staff.page.getByText('Nothing was asked for').waitFor()
    await staff.live()
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('Asked for.').waitFor()
    await page.getByText('Pending').last().waitFor()
    assert.equal(await page.getByRole('button', { name: /^Approve/ }).count(), 0)
    await staff.page.getByRole('button', { name: 'Approve: 21 of Green tea for North Pier' }).click()
    await staff.page.getByRole('button', { name: /^Fulfil/ }).click()
    await staff.page
      .getByRole('alert')
      .getByText(/21 do not fit.*Ask for at most 20/)
      .waitFor()
    await keeper.live()
    await world.as('north').patch(`/inventory/${shelf.id}`, { current_stock: 20 })
    await staff.page.getByRole('button', { name: /^Fulfil/ }).click()
    await rows(keeper).getByText('Fulfilled').waitFor()
    assert.equal((await world.sql('select current_stock from inventory where id = $1', [shelf.id]))[0]!.current_stock, 41) // prettier-ignore
    await staff.page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'Pending' }).click()
    await staff.page.getByText('Nothing was asked for').waitFor()
    await Promise.all([keeper, staff].map(({ visitor }) => visitor.end()))
  })

  it('shows administrators the health of the shop and its sales, and lets them open stores', async () => {
    const guest = await open('admin')
    const { page } = guest
    await guest.go()
    await page.getByText('The shop’s own stock').waitFor()
    await page.getByText('3 left').waitFor()
    await page.getByText(/in 0 orders/).waitFor()
    await figure(guest, 'Units').getByText('81').waitFor()
    await guest.live()
    await world.as('admin').patch(`/inventory/${shelf.id}`, { current_stock: 0 })
    await figure(guest, 'Out of stock').getByText('1', { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Running low', exact: true }).getByText('Green tea').waitFor()
    await guest.go('stores')
    await page.getByText('Open another store').click()
    await page.getByLabel('Name', { exact: true }).fill('East End')
    await page.getByRole('button', { name: 'Open it' }).click()
    await page.locator('[name=region][aria-invalid=true]').waitFor()
    await page.getByLabel('Its region').fill('East')
    await page.getByRole('button', { name: 'Open it' }).click()
    await page.getByText('East End is open.').waitFor()
    await page.getByRole('heading', { name: 'East End' }).waitFor()
    await page.locator('.figures').getByText('East', { exact: true }).waitFor()
    await guest.visitor.end()
  })

  it('breaks no rule of WCAG 2.2 AA, in light and in dark, on a desk and on a telephone', async () => {
    const places = ['', 'levels', 'levels/1', 'movements?ask=yes', 'stores']
    for (const [viewport, scheme] of [
      [undefined, 'light'],
      [PHONE, 'dark']
    ] as const) {
      // prettier-ignore
      const guest = await open('admin', viewport)
      await guest.inspect(places, scheme)
      await guest.page.getByRole('button', { name: 'Sign out' }).click()
      await guest.inspect(['sign-in'], scheme)
      await guest.visitor.end()
    }
  })

  it('loads at most 400 KB before it is shown, within two seconds', async () => {
    const { page, visitor } = await open()
    const shown = () => page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const { bytes, took } = await firstLoad(page, `${world.url}/stock`, shown)
    assert.ok(bytes > 10_000 && bytes <= LIMIT, `${bytes} bytes`)
    assert.ok(took < 2000, `${took} ms`)
    await visitor.end()
  })
})

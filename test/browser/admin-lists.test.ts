import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('the lists of the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    const last = (await world.make('categories', { name: 'Zest', slug: 'zest' })).id
    const first = (await world.make('categories', { name: 'Assam', slug: 'assam' })).id
    const green = { name: 'Green tea', sku: 'TEA-1', price: 4.5, brand: 'Leaf', cost: 1.25 }
    await world.make('products', { ...green, category_id: last })
    await world.make('products', {
      name: 'Black tea',
      sku: 'TEA-2',
      price: 3,
      brand: 'Leaf',
      category_id: first
    })
    await world.make('products', { name: 'Hidden mug', sku: 'MUG-1', price: 9, is_active: false })
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-lists')
  })
  after(() => closeStage({ world, browser }))

  const visit = (who?: string) => Visitor.open(browser, world, { who })
  const names = ({ page }: Visitor) => page.locator('tbody td[data-label="Name"]').allTextContents()
  const shows = async (visitor: Visitor, ...expected: string[]) => {
    const end = Date.now() + 10_000
    while (Date.now() < end && (await names(visitor)).join() !== expected.join())
      await visitor.page.waitForTimeout(20)
    assert.deepEqual(await names(visitor), expected)
  }

  it('show anybody what is open to anybody, and nothing else', async () => {
    const visitor = await visit()
    const { page } = visitor
    await visitor.go()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await visitor.shoot('anonymous-overview')
    assert.deepEqual(await page.locator('#menu a').allTextContents(), [
      'Overview',
      'Categories',
      'Products',
      'Product images'
    ])
    await page.locator('#menu').getByRole('link', { name: 'Products' }).click()
    await shows(visitor, 'Black tea', 'Green tea')
    await visitor.shoot('anonymous-products')
    assert.equal(await page.getByRole('link', { name: 'Create' }).count(), 0)
    await visitor.end()
  })

  it('show each role what its rules allow', async () => {
    const [owner, manager, admin] = [await visit('owner'), await visit('manager'), await visit('admin')]
    for (const visitor of [owner, manager, admin]) await visitor.go('products')
    await shows(owner, 'Black tea', 'Green tea')
    await shows(manager, 'Hidden mug', 'Black tea', 'Green tea')
    await shows(admin, 'Hidden mug', 'Black tea', 'Green tea')
    assert.equal(await owner.page.getByRole('link', { name: 'Create' }).count(), 0)
    assert.equal(await manager.page.getByRole('link', { name: 'Create' }).count(), 0)
    assert.equal(await admin.page.getByRole('link', { name: 'Create' }).count(), 1)
    assert.equal(await owner.page.locator('#menu').getByRole('link', { name: 'Audit' }).count(), 0)
    assert.equal(await admin.page.locator('#menu').getByRole('link', { name: 'Audit' }).count(), 1)
    await admin.shoot('admin-products')
    await Promise.all([owner, manager, admin].map((visitor) => visitor.end()))
  })

  it('are searched, filtered by the grammar, and sorted', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go('products')
    await page.getByLabel('Search').fill('green')
    await page.getByLabel('Search').press('Enter')
    await shows(visitor, 'Green tea')
    await page.getByLabel('Search').fill('')
    await page.getByLabel('Search').press('Enter')
    await shows(visitor, 'Hidden mug', 'Black tea', 'Green tea')
    await page.getByText('Filter', { exact: true }).click()
    await page.getByLabel('Field').selectOption('price')
    await page.getByLabel('Condition').selectOption('$gte')
    await page.getByLabel('Value').fill('4')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await shows(visitor, 'Hidden mug', 'Green tea')
    await page.getByRole('button', { name: 'Price', exact: true }).click()
    await shows(visitor, 'Green tea', 'Hidden mug')
    await visitor.shoot('admin-products-filtered')
    await page.getByRole('button', { name: /Remove the filter Price/ }).click()
    await shows(visitor, 'Black tea', 'Green tea', 'Hidden mug')
    // A column that refers to records shows what these are called, and is sorted by that.
    await page.getByRole('button', { name: 'Category', exact: true }).click()
    await page.locator('th[aria-sort=ascending]', { hasText: 'Category' }).waitFor()
    await shows(visitor, 'Black tea', 'Green tea', 'Hidden mug')
    await page.getByRole('button', { name: /^Category/ }).click()
    await shows(visitor, 'Hidden mug', 'Green tea', 'Black tea')
    await visitor.end()
  })

  it('have pages that lead on and back', async () => {
    const admin = await world.person('admin')
    await world.sql(
      `insert into tasks (title, user_id) select 'Task ' || lpad(n::text, 2, '0'), $1 from generate_series(1, 30) n`,
      [admin.id]
    )
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go('tasks?sort=id&order=ASC&perPage=25')
    await page.getByText('1–25').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('26–30').waitFor()
    assert.equal(await page.getByText('Task 26').count(), 1)
    assert.ok(await page.getByRole('button', { name: 'Next' }).isDisabled())
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByText('1–25').waitFor()
    await visitor.end()
  })

  it('follow what others do, and mark it', async () => {
    const visitor = await visit('owner')
    const { page } = visitor
    await visitor.go('products')
    await shows(visitor, 'Black tea', 'Green tea')
    await page.locator('.connection.live').waitFor()
    const [{ id }] = (await world.sql(`select id from products where sku = 'TEA-1'`)) as [{ id: number }]
    const changed = await world.as('admin').patch(`/products/${id}`, { price: 5.25 })
    assert.equal(changed.status, 200)
    const row = page.locator('tr', { hasText: 'Green tea' })
    await row.getByText('5.25').waitFor()
    await row.getByText('changed').waitFor()
    await visitor.shoot('owner-products-live')
    // What goes out of sight goes out of the list, and what comes into sight comes into it.
    await world.sql(`update products set is_active = false where id = $1`, [id])
    await shows(visitor, 'Black tea')
    await world.sql(`update products set is_active = true where sku in ('TEA-1', 'MUG-1')`)
    await page.getByText('Hidden mug').waitFor()
    assert.deepEqual((await names(visitor)).sort(), ['Black tea', 'Green tea', 'Hidden mug'])
    await visitor.end()
  })
})

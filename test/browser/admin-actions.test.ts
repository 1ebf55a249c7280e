import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('what is done on the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    await world.make('products', { name: 'Green tea', sku: 'TEA-1', price: 4.5, stock_quantity: 10 })
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-actions')
  })
  after(() => closeStage({ world, browser }))

  const visit = (who: string) => Visitor.open(browser, world, { who })
  const buttons = ({ page }: Visitor) => page.locator('.head button').allTextContents()

  it('an order is made by a form with items, and what is wrong in an item is said there', async () => {
    const visitor = await visit('owner')
    const { page } = visitor
    await visitor.go('orders/create')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByLabel('Product').fill('Green')
    await page.getByRole('option', { name: /Green tea/ }).click()
    await page.getByLabel('Quantity').fill('0')
    await page.getByLabel('Shipping address').fill('{"city": "Port"}')
    await page.getByLabel('Payment method').fill('card')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.group .field', { hasText: 'Quantity' }).getByText(/>= 1/).waitFor()
    await visitor.shoot('owner-order-refused')
    await page.getByLabel('Quantity').fill('2')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: /ORD-/ }).waitFor()
    await page.getByRole('region', { name: 'Items' }).getByRole('link', { name: 'Green tea' }).waitFor()
    assert.deepEqual(await buttons(visitor), ['Cancel'])
    await visitor.end()
  })

  it('steps are offered to whom the rule allows, from where the record is, and others see them taken', async () => {
    const [owner, admin] = [await visit('owner'), await visit('admin')]
    for (const visitor of [owner, admin]) {
      await visitor.go('orders/1/show')
      await visitor.page.getByRole('heading', { name: /ORD-/ }).waitFor()
    }
    await owner.page.locator('.connection.live').waitFor()
    assert.ok((await buttons(admin)).includes('Confirm'))
    assert.ok(!(await buttons(admin)).includes('Ship'))
    await admin.page.getByRole('button', { name: 'Confirm' }).click()
    await admin.page.getByRole('button', { name: 'Ship' }).click()
    await admin.page.getByRole('button', { name: 'Deliver' }).waitFor()
    await owner.page.getByText('shipped', { exact: true }).waitFor()
    await owner.page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' })
    await admin.shoot('admin-order')
    await Promise.all([owner.end(), admin.end()])
  })

  it('an action with an input has a form, with the refusal in it', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go('orders/1/show')
    await page.getByRole('button', { name: 'Set status' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Status').selectOption('pending')
    await visitor.shoot('admin-action-form')
    await dialog.getByRole('button', { name: 'Set status' }).click()
    await page.locator('.notification.error, .field .error').first().waitFor()
    const [order] = await world.sql('select status from orders where id = 1')
    assert.equal(order!.status, 'shipped')
    await visitor.end()
  })

  it('the history says who changed what', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go('orders/1/show')
    await page.getByRole('button', { name: 'History' }).click()
    const step = page.locator('.history > li', { hasText: 'Ship' }).first()
    await step.getByText('confirmed').waitFor()
    await step.getByText('shipped').first().waitFor()
    await step.getByRole('link', { name: 'admin@example.com' }).waitFor()
    await visitor.shoot('admin-history')
    await visitor.end()
  })

  it('the history says of nobody else who changed something, but to administrators', async () => {
    const { id } = await world.make('products', { name: 'Told cup', sku: 'CUP-7', price: 3 })
    const changed = await world.as('admin').patch(`/products/${id}`, { brand: 'Zed' })
    assert.equal(changed.status, 200)
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    await visitor.go(`products/${id}/show`)
    await page.getByRole('button', { name: 'History' }).click()
    await page
      .locator('.history > li', { hasText: 'Zed' })
      .getByText('somebody else, or the server')
      .waitFor()
    await visitor.end()
  })

  it('what was removed is brought back', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await world.make('products', { name: 'Lost cup', sku: 'CUP-1', price: 3 })
    await visitor.go('products')
    await page.getByRole('button', { name: 'Removed' }).click()
    await page.getByText('Nothing was removed lately.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Lost cup' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Products' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'Lost cup' }).count(), 0)
    await page.getByRole('button', { name: 'Removed' }).click()
    await page.getByRole('dialog').locator('li', { hasText: 'Lost cup' }).getByRole('button').click()
    await page.getByRole('link', { name: 'Lost cup' }).waitFor()
    await page.getByRole('button', { name: 'Removed' }).click()
    await page.getByText('Nothing was removed lately.').waitFor()
    await visitor.end()
  })

  it('a list is exported as it is filtered', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go(`products?filter=${encodeURIComponent('{"price":{"$gte":4}}')}`)
    await page.getByRole('link', { name: 'Green tea' }).waitFor()
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV', exact: true }).click()]) // prettier-ignore
    assert.equal(download.suggestedFilename(), 'products.csv')
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n')
    assert.equal(lines.length, 2)
    assert.match(lines[1]!, /"Green tea"/)
    await visitor.end()
  })

  it('a file is imported, with a report of its rows', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go('products')
    await page.getByRole('button', { name: 'Import' }).click()
    const dialog = page.getByRole('dialog')
    const csv = 'name,sku,price\r\nMatcha,MAT-1,8\r\nBroken,BRO-1,-1\r\n'
    await dialog.getByLabel('File').setInputFiles({ name: 'p.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) }) // prettier-ignore
    await dialog.getByRole('button', { name: 'Import' }).click()
    await dialog.getByRole('cell', { name: '3', exact: true }).waitFor()
    await dialog.getByRole('cell', { name: 'price', exact: true }).waitFor()
    assert.equal((await world.sql(`select 1 from products where sku = 'MAT-1'`)).length, 0)
    await dialog.getByLabel('Records that cannot be written').selectOption('skip')
    await dialog.getByRole('button', { name: 'Import' }).click()
    await dialog.getByText('1 created, 0 updated, 0 unchanged, 1 failed, of 2 rows').waitFor()
    await visitor.shoot('admin-import')
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('link', { name: 'Matcha' }).waitFor()
    await visitor.end()
  })

  it('a step is taken for several records at once, and for none where one of them cannot take it', async () => {
    const { id } = await world.person('owner')
    for (const title of ['First', 'Second', 'Third']) await world.make('tasks', { title, user_id: id })
    const visitor = await visit('owner')
    const { page } = visitor
    await visitor.go('tasks')
    await page.getByLabel('Choose First').check()
    await page.getByLabel('Choose Second').check()
    await page.getByRole('button', { name: 'Complete' }).click()
    await page.getByText('Complete: 2 done').waitFor()
    const status = () => world.sql('select title, status from tasks where user_id = $1 order by id', [id])
    assert.deepEqual((await status()).map(({ status }) => status), ['completed', 'completed', 'pending']) // prettier-ignore
    await page.getByLabel('Choose First').check()
    await page.getByLabel('Choose Third').check()
    assert.ok(await page.getByRole('button', { name: 'Complete' }).isDisabled())
    await visitor.end()
  })

  it('the stock of a region and a category is listed, as the dashboard of stores wants it', async () => {
    const category = await world.make('categories', { name: 'Cola', slug: 'cola' })
    const cola = await world.make('products', {
      name: 'Cola',
      sku: 'COL-1',
      price: 1,
      category_id: category.id
    })
    const [west, east] = [await world.make('stores', { name: 'Bristol', region: 'West' }), await world.make('stores', { name: 'Hull', region: 'East' })] // prettier-ignore
    for (const store of [west, east])
      await world.make('inventory', { store_id: store.id, product_id: cola.id })
    await world.make('inventory', { store_id: west.id })
    const visitor = await visit('owner')
    const { page } = visitor
    await visitor.go('inventory')
    const filter = async (field: string, value: string) => {
      await page.getByRole('button', { name: 'Filter', exact: true }).click()
      await page.getByLabel('Field').selectOption(field)
      await page.getByLabel('Value').fill(value)
    }
    const add = () => page.getByRole('button', { name: 'Add', exact: true }).click()
    await filter('store.region', 'West')
    await add()
    await page.getByText('1–2 of 2').waitFor()
    await filter('product.category_id', 'Col')
    await page.getByRole('option', { name: /Cola/ }).click()
    await add()
    await page.locator('.conditions').getByRole('link', { name: 'Cola' }).waitFor()
    await page.getByText('1–1 of 1').waitFor()
    await page.locator('tbody').getByRole('link', { name: 'Bristol' }).waitFor()
    await visitor.shoot('owner-inventory')
    await visitor.end()
  })
})

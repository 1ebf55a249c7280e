import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('the dashboards of the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    const product = await world.make('products', {
      name: 'Green tea',
      sku: 'TEA-1',
      price: 4.5,
      stock_quantity: 50
    })
    const store = await world.make('stores', { name: 'Leeds', region: 'North' })
    await world.make('stores', { name: 'York', region: 'North' })
    await world.make('inventory', {
      product_id: product.id,
      store_id: store.id,
      current_stock: 3,
      reorder_level: 5
    })
    const order = {
      items: [{ product_id: product.id, quantity: 2 }],
      shipping_address: { city: 'Port' },
      payment_method: 'card'
    }
    assert.equal((await world.as('owner').post('/orders', order)).status, 201)
  })
  after(() => closeStage({ world, browser }))

  const cards = async (who?: string) => {
    const visitor = await Visitor.open(browser, world)
    if (who) await visitor.signIn(await world.person(who))
    else await visitor.go()
    await visitor.page.locator('.card').first().waitFor()
    await visitor.page.locator('.card .waiting').first().waitFor({ state: 'detached' })
    return { visitor, names: await visitor.page.locator('.card h3').allTextContents() }
  }

  it('show each role the reports that it may ask for', async () => {
    const [anonymous, owner, admin] = [await cards(), await cards('owner'), await cards('admin')]
    assert.ok(!anonymous.names.some((name) => name.startsWith('Inventory')))
    assert.ok(owner.names.includes('Inventory: kpi'))
    assert.ok(!owner.names.includes('Analytics: sales'))
    // What the front ends of the seeds ask for.
    const asked = ['Inventory: kpi', 'Inventory: trends', 'Inventory: categories', 'Inventory: low stock alerts', 'Stores: region options', 'Stores: region summary', 'Products: category list', 'Products: brand list', 'Analytics: sales', 'Orders: stock check'] // prettier-ignore
    assert.deepEqual(asked.filter((name) => !admin.names.includes(name)), []) // prettier-ignore
    assert.equal(await admin.visitor.page.locator('.card .error').count(), 0)
    await Promise.all([anonymous, owner, admin].map(({ visitor }) => visitor.end()))
  })

  it('draw the figures, which are there as a table as well', async () => {
    const { visitor } = await cards('admin')
    const { page } = visitor
    const kpi = page.getByRole('region', { name: 'Inventory: Kpi' })
    await kpi.getByText('13.50').waitFor()
    await kpi.getByLabel('Store').fill('Yo')
    await kpi.getByRole('option', { name: /York/ }).click()
    await kpi.getByRole('button', { name: 'Show' }).click()
    await kpi.locator('.tiles > div', { hasText: 'Total value' }).getByText('0', { exact: true }).waitFor()
    const shares = page.getByRole('region', { name: 'Inventory: Categories' })
    await shares.getByRole('cell', { name: '100%', exact: true }).waitFor()
    assert.deepEqual(await shares.getByRole('columnheader').allTextContents(), ['Category', 'Products', 'Units', 'Value', 'Share']) // prettier-ignore
    const trends = page.getByRole('region', { name: 'Inventory: Trends' })
    await trends.getByLabel('Days').fill('7')
    await trends.getByRole('button', { name: 'Show' }).click()
    await trends.getByRole('img', { name: /7 values/ }).waitFor()
    await trends.getByText('As a table').click()
    assert.equal(await trends.locator('tbody tr').count(), 7)
    const today = new Date().toLocaleDateString('en-GB', { timeZone: 'UTC', dateStyle: 'medium' })
    await trends.getByRole('cell', { name: today, exact: true }).waitFor()
    const sales = page.getByRole('region', { name: 'Analytics: Sales' })
    await sales.getByText('Green tea').first().waitFor()
    await sales.locator('.tiles > div', { hasText: 'Total revenue' }).getByText('US$19.71').waitFor()
    await sales.locator('.tiles > div', { hasText: 'Total orders' }).getByText('1', { exact: true }).waitFor()
    await visitor.shoot('admin-dashboard')
    await visitor.end()
  })
})

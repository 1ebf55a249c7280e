import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { flaws } from './axe'
import { closeStage, openStage } from './stage'

const FILTER = `products?filter=${encodeURIComponent('{"price":{"$gte":4}}')}`

describe('views that are kept on the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    await world.make('products', { name: 'Green tea', sku: 'TEA-1', price: 4.5, brand: 'Leaf' })
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-views')
  })
  after(() => closeStage({ world, browser }))

  const visit = (who?: string) => Visitor.open(browser, world, { who })
  const views = ({ page }: Visitor) => page.getByRole('button', { name: 'Views' })
  const kept = (visitor: Visitor, name: string) => visitor.page.getByRole('button', { name, exact: true })
  const keep = async (visitor: Visitor, name: string) => {
    await views(visitor).click()
    await visitor.page.getByLabel('Name', { exact: true }).fill(name)
    await visitor.page.getByRole('button', { name: 'Keep this view' }).click()
  }

  it('follow their owner to another browser with filters, order and columns, and reach nobody else', async () => {
    const [first, second, other] = [await visit('admin'), await visit('admin'), await visit('manager')]
    for (const visitor of [second, other]) {
      await visitor.go('products')
      await views(visitor).click()
      await visitor.page.getByText('None is kept yet.').waitFor()
    }
    await first.go(FILTER)
    await first.page.getByText('Price at least 4').waitFor()
    await first.page.getByRole('button', { name: 'Columns' }).click()
    await first.page.getByLabel('Brand').uncheck()
    await first.page.keyboard.press('Escape')
    await keep(first, 'Dear ones')
    // It comes while the other browser looks.
    await kept(second, 'Dear ones').waitFor()
    assert.deepEqual(await flaws(second.page), [])
    await second.shoot('admin-views')
    await kept(second, 'Dear ones').click()
    await second.page.getByText('Price at least 4').waitFor()
    await second.page.getByRole('columnheader', { name: 'Brand' }).waitFor({ state: 'detached' })
    assert.equal(await kept(other, 'Dear ones').count(), 0)
    assert.equal(await other.page.locator('#menu').getByRole('link', { name: 'Saved views' }).count(), 0)
    // One of the same name is kept in its place.
    await first.page.getByRole('button', { name: /Remove the filter/ }).click()
    await keep(first, 'Dear ones')
    await views(second).click()
    await second.page.getByRole('button', { name: /Remove the filter/ }).waitFor()
    const [row] = await world.sql('select name, filters, columns, count(*) over ()::int from saved_views')
    assert.deepEqual([row!.name, row!.count, row!.columns.includes('brand')], ['Dear ones', 1, false])
    await second.page.getByRole('button', { name: 'Forget Dear ones' }).click()
    await second.page.getByText('None is kept yet.').waitFor()
    assert.equal((await world.sql('select 1 from saved_views')).length, 0)
    await Promise.all([first, second, other].map((visitor) => visitor.end()))
  })

  it('of somebody who is not signed in stay in the browser, from where they are taken over once', async () => {
    const visitor = await visit()
    const { page } = visitor
    await visitor.go(FILTER)
    await page.getByText('Price at least 4').waitFor()
    await keep(visitor, 'Before')
    await page.reload()
    await views(visitor).click()
    await kept(visitor, 'Before').waitFor()
    assert.equal((await world.sql('select 1 from saved_views')).length, 0)
    await visitor.signIn(await world.person('owner'))
    await visitor.go('products')
    await views(visitor).click()
    await kept(visitor, 'Before').waitFor()
    const rows = await world.sql('select user_id, name, filters from saved_views')
    assert.deepEqual(rows, [{ user_id: String((await world.person('owner')).id), name: 'Before', filters: { price: { $gte: 4 } } }]) // prettier-ignore
    await page.getByRole('button', { name: 'Forget Before' }).click()
    await page.getByText('None is kept yet.').waitFor()
    await page.reload()
    await views(visitor).click()
    await page.getByText('None is kept yet.').waitFor()
    await visitor.end()
  })
})

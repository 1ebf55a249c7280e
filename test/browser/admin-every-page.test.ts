import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { Json, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('every page of the admin page as each role, in Chromium (skipped where there is none)', function () {
  this.timeout(300_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    const tea = await world.make('categories', { name: 'Tea', slug: 'tea' })
    const product = await world.make('products', { name: 'Green tea', sku: 'TEA-1', price: 4.5, stock_quantity: 10, category_id: tea.id }) // prettier-ignore
    const store = await world.make('stores', { name: 'Leeds', region: 'North' })
    await world.make('inventory', { product_id: product.id, store_id: store.id, current_stock: 3 })
    for (const who of ['owner', 'manager', 'admin'])
      await world.make('tasks', { title: `Of ${who}`, user_id: (await world.person(who)).id })
    await world.make('replenishments', { store_id: store.id, product_id: product.id, quantity: 2 })
    const order = { items: [{ product_id: product.id, quantity: 1 }], shipping_address: { city: 'Port' }, payment_method: 'card' } // prettier-ignore
    assert.equal((await world.as('owner').post('/orders', order)).status, 201)
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-every-page')
  })
  after(() => closeStage({ world, browser }))

  /** The pages that the description gives somebody: each list, the first record of it, and the forms. */
  const pagesOf = ({ resources }: Json): { place: string; isForm: boolean }[] =>
    resources.flatMap(({ name, operations }: Json) => {
      const has = (one: string) => operations.some((operation: Json) => operation.name === one)
      if (!has('find')) return []

      return [
        { place: name, isForm: false },
        ...(has('create') ? [{ place: `${name}/create`, isForm: true }] : [])
      ]
    })

  /** Opens a place, and says what is wrong with it. */
  const look = async ({ page }: Visitor, place: string, refused: readonly string[]): Promise<string[]> => {
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    const said = await page.locator('.banner.error, .notification.error').allTextContents()

    return [...said, ...refused].map((problem) => `${place}: ${problem}`)
  }

  for (const who of [undefined, 'owner', 'manager', 'admin'])
    it(`as ${who ?? 'anybody'}: each opens, and asks the server for nothing that is refused`, async () => {
      const visitor = await Visitor.open(browser, world, { who })
      const { page } = visitor
      const refused: string[] = []
      page.on('response', (response) => {
        if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`)
      })
      const { body } = await world.rest(
        who ? await world.person(who) : anonymous,
        'GET',
        '/admin/description'
      )
      const wrong: string[] = []
      const pages = pagesOf(body as Json)
      assert.ok(pages.length > (who ? 15 : 2), `${pages.length} pages`)
      for (const { place, isForm } of pages) {
        // Another hash alone leaves the document, and its heading, as it is.
        await page.goto('about:blank')
        await visitor.go(place)
        wrong.push(...(await look(visitor, place, refused.splice(0))))
        const link = page.locator('tbody tr').first().locator('td a').first()
        if (isForm || (await link.count()) === 0) continue
        await link.click()
        await page.waitForURL(/\/show$/)
        await page.locator('dl.record').first().waitFor()
        wrong.push(...(await look(visitor, `${place}, a record`, refused.splice(0))))
        const edit = page.getByRole('link', { name: 'Edit', exact: true })
        if ((await edit.count()) === 0) continue
        await edit.click()
        await page.locator('form.form').waitFor()
        wrong.push(...(await look(visitor, `${place}, its form`, refused.splice(0))))
      }
      assert.deepEqual(wrong, [])
      await visitor.end()
    })
})

import assert from 'node:assert/strict'
import { generate } from 'otplib'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('the records of the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    await world.make('categories', { name: 'Tea', slug: 'tea' })
    await world.make('categories', { name: 'Mugs', slug: 'mugs' })
  })
  after(() => closeStage({ world, browser }))

  const visit = (who: string) => Visitor.open(browser, world, { who })

  it('are made by a form that shows what the server refuses at its field', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    await visitor.go('products/create')
    await page.getByLabel('Name').fill('Oolong')
    await page.getByLabel('Sku').fill('O')
    await page.getByLabel('Price').fill('-3')
    await page.getByLabel('Category').click()
    await page.getByLabel('Category').fill('Te')
    await page.getByRole('option', { name: /Tea/ }).click()
    await page.getByLabel('Tags').fill('new\nloose')
    await page.getByRole('button', { name: 'Create' }).click()
    await page
      .locator('.field', { hasText: 'Sku' })
      .getByText(/3 characters/)
      .waitFor()
    await page.locator('.field', { hasText: 'Price' }).getByText(/>= 0/).waitFor()
    assert.equal(await page.getByLabel('Price').getAttribute('aria-invalid'), 'true')
    await visitor.shoot('admin-create-refused')
    assert.equal((await world.sql('select 1 from products')).length, 0)
    await page.getByLabel('Sku').fill('OOL-1')
    await page.getByLabel('Price').fill('12.5')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Oolong', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Tea' }).waitFor()
    await visitor.shoot('admin-show')
    const [row] = await world.sql('select name, sku, price::text, tags from products')
    assert.deepEqual(row, { name: 'Oolong', sku: 'OOL-1', price: '12.50', tags: ['new', 'loose'] })
    await visitor.end()
  })

  it('are edited field by field, and a change by somebody else is not lost', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    const [{ id }] = (await world.sql(`select id from products where sku = 'OOL-1'`)) as [{ id: number }]
    await visitor.go(`products/${id}`)
    await page.getByLabel('Name').fill('Oolong, roasted')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Oolong, roasted', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Name').fill('Mine')
    await world.as('admin').patch(`/products/${id}`, { name: 'Theirs', brand: 'Leaf' })
    await page.getByText('Somebody changed this record meanwhile.').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('cell', { name: 'Theirs' }).waitFor()
    await dialog.getByRole('cell', { name: 'Mine' }).waitFor()
    await visitor.shoot('admin-conflict')
    assert.equal((await world.sql('select name from products where id = $1', [id]))[0]!.name, 'Theirs')
    await dialog.getByRole('button', { name: 'Save mine all the same' }).click()
    await page.getByRole('heading', { name: 'Mine', exact: true }).waitFor()
    const [row] = await world.sql('select name, brand from products where id = $1', [id])
    assert.deepEqual(row, { name: 'Mine', brand: 'Leaf' })
    await visitor.end()
  })

  it('are edited by a manager only where the manager may', async () => {
    const visitor = await visit('manager')
    const { page } = visitor
    const [{ id }] = (await world.sql(`select id from products where sku = 'OOL-1'`)) as [{ id: number }]
    await visitor.go(`products/${id}`)
    await page.getByLabel('Cost').fill('7')
    assert.deepEqual(await page.locator('.form .field > label').allTextContents(), ['Cost'])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Mine', exact: true }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0)
    await visitor.end()
  })

  it('lead to what refers to them', async () => {
    const visitor = await visit('owner')
    const { page } = visitor
    const store = await world.make('stores', { name: 'Leeds', region: 'North' })
    const [product] = await world.sql(`select id from products where sku = 'OOL-1'`)
    await world.make('inventory', { store_id: store.id, product_id: product!.id, current_stock: 4 })
    await visitor.go(`stores/${store.id}/show`)
    await page.getByRole('heading', { name: 'Leeds', exact: true }).waitFor()
    await page.getByRole('region', { name: 'Inventory' }).getByRole('link', { name: 'Mine' }).click()
    await page.getByRole('heading', { name: 'Mine', exact: true }).waitFor()
    await visitor.end()
  })

  it('are deleted once it is confirmed, by themselves and several at once', async () => {
    const visitor = await visit('admin')
    const { page } = visitor
    for (const name of ['One', 'Two', 'Three'])
      await world.make('categories', { name, slug: name.toLowerCase() })
    await visitor.go('categories')
    await page.getByRole('link', { name: 'One' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Categories' }).waitFor()
    await page.getByLabel('Choose Two').check()
    await page.getByLabel('Choose Three').check()
    await visitor.shoot('admin-bulk')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('2 deleted').waitFor()
    const left = await world.sql('select name from categories order by name')
    assert.deepEqual(left.map(({ name }) => name), ['Mugs', 'Tea']) // prettier-ignore
    await visitor.end()
  })

  it('are not shown to whoever has signed out', async () => {
    const visitor = await visit('owner')
    const { page } = visitor
    await visitor.go('tasks')
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await visitor.shoot('login')
    await visitor.go()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    assert.equal(await page.locator('#menu').getByRole('link', { name: 'Tasks' }).count(), 0)
    const [session] = await world.sql('select revoked_at from sessions where user_id = $1 order by id desc limit 1', [(await world.person('owner')).id]) // prettier-ignore
    assert.ok(session!.revoked_at)
    await visitor.end()
  })

  it('ask whoever signs in with a second factor for a code, and tell of a wrong password', async () => {
    const person = await world.register('careful')
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    await visitor.go('login')
    await page.getByLabel('Email').fill(person.email!)
    await page.getByLabel('Password').fill('not this one')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    const { body } = await world.rest(person, 'POST', '/auth/mfa/enroll', { body: {} })
    await world.rest(person, 'POST', '/auth/mfa/confirm', {
      body: { code: await generate({ secret: body.secret, epoch: Date.now() / 1000 - 30 }) }
    })
    await visitor.signIn(person, await generate({ secret: body.secret }))
    await visitor.end()
  })
})

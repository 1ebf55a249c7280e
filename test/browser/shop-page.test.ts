import assert from 'node:assert/strict'
import type { Browser, Locator } from 'playwright-core'
import type { Json, World } from '../helpers/world'
import { PASSWORD } from '../helpers/world'
import { Visitor } from './admin-stage'
import { firstLoad } from './axe'
import { Guest, PHONE } from './front-stage'
import { closeStage, openStage } from './stage'

const LIMIT = 400 * 1024

describe('the shop, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  let tea: Json
  let mug: Json
  before(async function () {
    ;({ world, browser } = await openStage(this))
    const drinks = await world.make('categories', { name: 'Drinks', slug: 'drinks' })
    const leaves = await world.make('categories', { name: 'Leaves', slug: 'leaves', parent_id: drinks.id })
    const kitchen = await world.make('categories', { name: 'Kitchen', slug: 'kitchen' })
    tea = await world.make('products', { name: 'Green tea', sku: 'TEA-1', price: 4.5, brand: 'Leaf', category_id: leaves.id, stock_quantity: 40, cost: 1 }) // prettier-ignore
    mug = await world.make('products', { name: 'Blue mug', sku: 'MUG-1', price: 12, brand: 'Clay', category_id: kitchen.id, stock_quantity: 1 }) // prettier-ignore
    await world.make('products', { name: 'Secret pot', sku: 'POT-1', price: 99, is_active: false, category_id: kitchen.id }) // prettier-ignore
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-shop')
  })
  after(() => closeStage({ world, browser }))

  const open = (who?: string, viewport?: typeof PHONE) => Guest.open(browser, world, 'shop', who, viewport)
  const names = ({ page }: Guest) => page.locator('.card .name').allTextContents()
  const shows = async (guest: Guest, ...expected: string[]) => {
    const end = Date.now() + 10_000
    while (Date.now() < end && (await names(guest)).join() !== expected.join())
      await guest.page.waitForTimeout(20)
    assert.deepEqual(await names(guest), expected)
  }
  const fills = async (form: Locator, values: Readonly<Record<string, string>>) => {
    for (const [label, value] of Object.entries(values)) await form.getByLabel(label).fill(value)
  }

  it('shows anybody what is for sale: by category, brand, price, stock and search', async () => {
    const guest = await open()
    const { page } = guest
    await guest.go()
    await shows(guest, 'Blue mug', 'Green tea')
    assert.equal(await page.getByRole('link', { name: 'Orders' }).count(), 0)
    await page
      .getByRole('navigation', { name: 'Categories' })
      .getByRole('link', { name: /Drinks/ })
      .click()
    await shows(guest, 'Green tea')
    await page.getByRole('heading', { name: 'Drinks', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Clear the filters' }).click()
    await page.getByLabel('Brand').selectOption('Clay')
    await shows(guest, 'Blue mug')
    await page.getByLabel('Brand').selectOption('')
    await page.getByLabel('Lowest price').fill('4')
    await page.getByLabel('Highest price').fill('5')
    await page.getByRole('button', { name: 'Apply' }).click()
    await shows(guest, 'Green tea')
    await page.getByLabel('Highest price').fill('4.2')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('Nothing fits').waitFor()
    await page.getByRole('link', { name: 'Show everything' }).click()
    await page.getByLabel('Sort by').selectOption('cheap')
    await shows(guest, 'Green tea', 'Blue mug')
    await page.getByLabel('Search products').fill('mug')
    await page.getByLabel('Search products').press('Enter')
    await shows(guest, 'Blue mug')
    // What is switched off is found by no way.
    await page.getByLabel('Search products').fill('secret')
    await page.getByLabel('Search products').press('Enter')
    await page.getByText('Nothing fits').waitFor()
    await guest.go('products/3')
    await page.getByText('This product is not for sale').waitFor()
    await guest.visitor.end()
  })

  it('registers a customer, whose cart becomes an order; what is wrong stands at its field', async () => {
    const guest = await open()
    const { page } = guest
    await world.person('owner')
    await guest.go(`products/${tea.id}`)
    await page.getByRole('button', { name: 'Quantity: one more' }).click()
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('2 in your cart').waitFor()
    await page.getByRole('link', { name: 'Go to the cart' }).click()
    await page.locator('.totals .total').getByText('US$19.71').waitFor()
    await page.getByText('US$41.00 more, and shipping is free.').waitFor()
    await page.getByRole('link', { name: 'Check out' }).click()
    await page.getByRole('button', { name: 'I am new here' }).click()
    const form = page.locator('main form')
    await fills(form, { Email: 'ida@example.com', 'User name': 'owner', Password: PASSWORD })
    await page.getByRole('button', { name: 'Make my account' }).click()
    await page.locator('[name=username][aria-invalid=true]').waitFor()
    assert.match((await page.locator('.problem').textContent())!, /username|taken/i)
    await fills(form, { 'User name': 'ida' })
    await page.getByRole('button', { name: 'Make my account' }).click()
    await page.getByLabel('Street').waitFor()
    await page.getByRole('button', { name: 'Place the order' }).click()
    await page.getByText(/Choose how you pay/).waitFor()
    assert.equal((await world.sql('select 1 from orders')).length, 0)
    await fills(form, { Street: '1 Quay', Town: 'Port' })
    await page.getByLabel('Invoice').check()
    await page.getByRole('button', { name: 'Place the order' }).click()
    await page.getByText('Thank you').waitFor()
    await guest.visitor.shoot('shop-order')
    const [order] = await world.sql('select total, payment_method, shipping_address from orders')
    assert.deepEqual([Number(order!.total), order!.payment_method, order!.shipping_address.city], [19.71, 'invoice', 'Port']) // prettier-ignore
    const [left] = await world.sql('select stock_quantity from products where id = $1', [tea.id])
    assert.equal(left!.stock_quantity, 38)
    await page.getByRole('link', { name: /Cart/ }).getByText('0').waitFor()
    await guest.visitor.end()
  })

  it('shows orders of one’s own, whose state changes before one’s eyes, and nobody else’s', async () => {
    const made = await world.as('owner').post('/orders', { items: [{ product_id: tea.id, quantity: 1 }], shipping_address: { city: 'Leeds' }, payment_method: 'card' }) // prettier-ignore
    assert.equal(made.status, 201)
    const { id, order_number } = made.body as { id: number; order_number: string }
    const [owner, stranger, manager] = [await open('owner'), await open('stranger'), await open('manager')]
    await owner.go('orders')
    const row = owner.page.locator('.order', { hasText: order_number })
    await row.getByText('Pending').waitFor()
    assert.equal(await owner.page.locator('.order').count(), 1)
    await row.click()
    await owner.page.getByRole('heading', { name: order_number }).waitFor()
    await owner.page.getByText('Green tea').waitFor()
    await owner.live()
    await world.as('admin').post(`/orders/${id}/confirm`, {})
    await owner.page.locator('[aria-current="step"]', { hasText: 'Confirmed' }).waitFor()
    // Staff may read every order; here they have their own.
    for (const guest of [stranger, manager]) {
      await guest.go('orders')
      await guest.page.getByText('You have not ordered anything yet').waitFor()
    }
    await stranger.go(`orders/${id}`)
    await stranger.page.getByText('There is no such order of yours').waitFor()
    await owner.page.getByRole('button', { name: 'Cancel the order' }).click()
    await owner.page.getByRole('button', { name: 'Yes, cancel it' }).click()
    await owner.page.locator('.title .status', { hasText: 'Cancelled' }).waitFor()
    assert.equal(await owner.page.getByRole('button', { name: 'Cancel the order' }).count(), 0)
    await owner.go('orders?status=delivered')
    await owner.page.getByText('None is delivered').waitFor()
    await owner.page.getByRole('button', { name: 'Sign out' }).click()
    await owner.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.equal(await owner.page.locator('.order').count(), 0)
    await Promise.all([owner, stranger, manager].map(({ visitor }) => visitor.end()))
  })

  it('follows what others do: in lists, on a product and in the cart', async () => {
    const [reader, buyer] = [await open(), await open('stranger')]
    await reader.go()
    await shows(reader, 'Blue mug', 'Green tea')
    await reader.live()
    await buyer.go(`products/${mug.id}`)
    await buyer.page.getByRole('button', { name: 'Add to cart' }).click()
    await buyer.go('checkout')
    await buyer.page.getByLabel('Street').fill('2 Quay')
    await buyer.page.getByLabel('Card').check()
    const late = await open('owner')
    await late.go(`products/${mug.id}`)
    await late.page.getByRole('button', { name: 'Add to cart' }).click()
    await late.go('cart')
    await late.page.getByRole('link', { name: 'Check out' }).waitFor()
    await late.live()
    await buyer.page.getByRole('button', { name: 'Place the order' }).click()
    await buyer.page.getByText('Thank you').waitFor()
    await reader.page.locator('.card', { hasText: 'Blue mug' }).getByText('Sold out').waitFor()
    await late.page.getByText('Sold out').waitFor()
    assert.equal(await late.page.getByRole('link', { name: 'Check out' }).count(), 0)
    await reader.go(`products/${tea.id}`)
    await reader.page.getByText('US$4.50').waitFor()
    await reader.live()
    await world.as('admin').patch(`/products/${tea.id}`, { price: 5.25 })
    await reader.page.getByText('US$5.25').waitFor()
    await world.as('admin').patch(`/products/${tea.id}`, { is_active: false })
    await reader.page.getByText('This product is not for sale').waitFor()
    await reader.go()
    await shows(reader, 'Blue mug')
    await reader.live()
    await world.as('admin').patch(`/products/${tea.id}`, { is_active: true })
    await shows(reader, 'Blue mug', 'Green tea')
    await Promise.all([reader, buyer, late].map(({ visitor }) => visitor.end()))
  })

  it('changes one’s own name, and says at its field what cannot be', async () => {
    const guest = await open('owner')
    const { page } = guest
    await guest.go('account')
    await page.getByLabel('User name').fill('x')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('[name=username][aria-invalid=true]').waitFor()
    await page.getByLabel('User name').fill('owner')
    await page.getByLabel('First name').fill('Olga')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal((await world.sql(`select first_name from users where username = 'owner'`))[0]!.first_name, 'Olga') // prettier-ignore
    await guest.visitor.end()
  })

  it('breaks no rule of WCAG 2.2 AA, in light and in dark, on a desk and on a telephone', async () => {
    const places = ['', 'products/1', 'cart', 'checkout', 'orders', 'orders/2', 'account']
    for (const [viewport, scheme] of [
      [undefined, 'light'],
      [PHONE, 'dark']
    ] as const) {
      // prettier-ignore
      const guest = await open('owner', viewport)
      await guest.go('products/1')
      await guest.page.getByRole('button', { name: 'Add to cart' }).click()
      await guest.inspect(places, scheme)
      await guest.page.getByRole('button', { name: 'Sign out' }).click()
      await guest.inspect(['', 'sign-in', 'register'], scheme)
      await guest.visitor.end()
    }
  })

  it('loads at most 400 KB before it is shown, within two seconds', async () => {
    const { page, visitor } = await open()
    const { bytes, took } = await firstLoad(page, `${world.url}/shop`, () => page.locator('.card').first().waitFor()) // prettier-ignore
    assert.ok(bytes > 10_000 && bytes <= LIMIT, `${bytes} bytes`)
    assert.ok(took < 2000, `${took} ms`)
    await visitor.end()
  })
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('each role on the admin page, from its first list to signing out, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
    await world.make('products', { name: 'Green tea', sku: 'TEA-1', price: 4.5, brand: 'Leaf' })
    await world.make('products', { name: 'Black tea', sku: 'TEA-2', price: 3 })
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-roles')
  })
  after(() => closeStage({ world, browser }))

  const row = ({ page }: Visitor, name: string) => page.locator('tbody tr', { hasText: name })
  const filter = async ({ page }: Visitor, field: string, fill: () => Promise<unknown>) => {
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await page.getByLabel('Field').selectOption(field)
    await fill()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
  }
  /** The lines of the list as it is exported. */
  const exported = async ({ page }: Visitor): Promise<string[]> => {
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV', exact: true }).click()]) // prettier-ignore

    return readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n')
  }
  const createWithError = async ({ page }: Visitor, title: string) => {
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.field.invalid', { hasText: 'Title' }).waitFor()
    await page.getByLabel('Title').fill(title)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: title, exact: true }).waitFor()
  }
  const importTwo = async ({ page }: Visitor, title: string) => {
    await page.getByRole('button', { name: 'Import' }).click()
    const dialog = page.getByRole('dialog')
    const csv = `title,priority\r\n${title},low\r\nBroken,never\r\n`
    await dialog.getByLabel('File').setInputFiles({ name: 't.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) }) // prettier-ignore
    await dialog.getByLabel('Records that cannot be written').selectOption('skip')
    await dialog.getByRole('button', { name: 'Import' }).click()
    await dialog.getByText('1 created, 0 updated, 0 unchanged, 1 failed, of 2 rows').waitFor()
    await dialog.getByRole('cell', { name: 'priority', exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
  }

  for (const who of ['owner', 'manager', 'admin'])
    it(`as ${who}: lists, filters, creates after an error, edits, takes a step, is followed, looks back, imports, exports, leaves`, async () => {
      const [visitor, other] = [await Visitor.open(browser, world, { who }), await Visitor.open(browser, world, { who })] // prettier-ignore
      const { page } = visitor
      const title = `Cups of ${who}`
      await visitor.go('tasks/create')
      await createWithError(visitor, title)
      await page.getByRole('link', { name: 'Edit' }).click()
      await page.getByLabel('Priority').selectOption('urgent')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.locator('dl.record').getByText('urgent').waitFor()
      await other.go('tasks')
      await row(other, title).getByText('pending').waitFor()
      await other.page.locator('.connection.live').waitFor()
      await page.getByRole('button', { name: 'Start' }).click()
      await row(other, title).getByText('in progress').waitFor()
      await row(other, title).getByText('changed').waitFor()
      await page.getByRole('button', { name: 'History' }).click()
      await page.locator('.history > li', { hasText: 'Start' }).getByText('in progress').waitFor()
      await page.locator('.history > li', { hasText: 'Priority' }).getByText('urgent').waitFor()
      await page
        .locator('.history')
        .getByRole('link', { name: `${who}@example.com` })
        .first()
        .waitFor()
      await visitor.go('tasks')
      await importTwo(visitor, `Saucers of ${who}`)
      await row(visitor, `Saucers of ${who}`).waitFor()
      await filter(visitor, 'priority', () => page.getByLabel('Value').selectOption('urgent'))
      await row(visitor, `Saucers of ${who}`).waitFor({ state: 'detached' })
      assert.equal(await row(visitor, title).count(), 1)
      // Tasks are their owner's alone, whoever asks.
      const lines = await exported(visitor)
      assert.equal(lines.length, 2)
      assert.ok(lines[1]!.includes(title))
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
      assert.equal(await page.getByText(title).count(), 0)
      await Promise.all([visitor.end(), other.end()])
    })

  it('as anybody: lists, filters, exports and follows what is public, and is offered nothing else', async () => {
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    await visitor.go('products')
    await row(visitor, 'Black tea').waitFor()
    await filter(visitor, 'brand', () => page.getByLabel('Value').fill('Leaf'))
    await row(visitor, 'Black tea').waitFor({ state: 'detached' })
    assert.equal((await exported(visitor)).length, 2)
    await page.locator('.connection.live').waitFor()
    await world.sql(`update products set price = 5.75 where sku = 'TEA-1'`)
    await row(visitor, 'Green tea').getByText('5.75').waitFor()
    for (const name of ['Import', 'Removed', 'Create'])
      assert.equal(await page.getByText(name, { exact: true }).count(), 0, name)
    await row(visitor, 'Green tea').getByRole('link', { name: 'Green tea' }).click()
    await page.getByRole('heading', { name: 'Green tea', exact: true }).waitFor()
    await page.locator('dl.record').getByText('5.75').waitFor()
    for (const name of ['Edit', 'Delete', 'Sign out'])
      assert.equal(await page.getByText(name, { exact: true }).count(), 0, name)
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    await visitor.end()
  })
})

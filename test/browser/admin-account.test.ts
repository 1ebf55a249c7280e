import assert from 'node:assert/strict'
import { generate } from 'otplib'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { PASSWORD } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeStage, openStage } from './stage'

describe('the own account on the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openStage(this))
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await Visitor.last?.shoot('failed-account')
  })
  after(() => closeStage({ world, browser }))

  it('an API key is shown once, and revoked', async () => {
    const visitor = await Visitor.open(browser, world, { who: 'owner' })
    const { page } = visitor
    await visitor.go('api_keys/create')
    await page.getByLabel('Name').fill('Robot')
    await page.getByLabel('Permissions').fill('tasks:read')
    await page.getByRole('button', { name: 'Create' }).click()
    const dialog = page.getByRole('dialog')
    const key = (await dialog.locator('dd').first().textContent())!
    const asked = () => world.rest({} as never, 'GET', '/tasks', { headers: { 'X-API-Key': key } })
    assert.equal((await asked()).status, 200)
    await dialog.getByRole('button', { name: 'I have it' }).click()
    await page.getByRole('heading', { name: 'Robot' }).waitFor()
    assert.equal(await page.getByText(key).count(), 0)
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Revoke: done').waitFor()
    assert.equal((await asked()).status, 401)
    await visitor.end()
  })

  it('an account has a second factor set up, and its profile edited', async () => {
    const person = await world.register('mobile')
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    await visitor.signIn(person)
    await page.getByRole('link', { name: 'mobile' }).click()
    const offered = async () => (await page.getByRole('button', { name: /^MFA/i }).allTextContents()).sort()
    await page.getByRole('button', { name: 'Mfa enroll' }).waitFor()
    assert.deepEqual(await offered(), ['MFA confirm', 'MFA enroll'])
    await page.getByRole('button', { name: 'Mfa enroll' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Mfa enroll' }).click()
    await dialog.locator('img[src^="data:image/"]').waitFor()
    await visitor.shoot('account-mfa')
    const secret = (await dialog.locator('dl.record dd').first().textContent())!
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Mfa confirm' }).click()
    await dialog.getByLabel('Code').fill(await generate({ secret }))
    await dialog.getByRole('button', { name: 'Mfa confirm' }).click()
    await dialog.getByText('Recovery codes').waitFor()
    assert.equal((await world.sql('select 1 from mfa_factors where user_id = $1 and confirmed_at is not null', [person.id])).length, 1) // prettier-ignore
    const [code = ''] = /[\w-]{8,}/.exec((await dialog.locator('dl.record dd').first().textContent())!) ?? []
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Mfa disable' }).waitFor()
    assert.deepEqual(await offered(), ['MFA disable', 'MFA recovery codes'])
    await page.getByRole('button', { name: 'Mfa disable' }).click()
    await dialog.getByLabel('Password').fill(PASSWORD)
    await dialog.getByLabel('Code').fill(code)
    await dialog.getByRole('button', { name: 'Mfa disable' }).click()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Mfa enroll' }).waitFor()
    assert.deepEqual(await offered(), ['MFA confirm', 'MFA enroll'])
    await page.getByRole('link', { name: 'Edit your profile' }).click()
    await page.getByLabel('First name').fill('Mo')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
    assert.equal(
      (await world.sql('select first_name from users where id = $1', [person.id]))[0]!.first_name,
      'Mo'
    )
    await visitor.end()
  })
})

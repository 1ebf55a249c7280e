import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { onStage } from '../helpers/identity-provider'
import { Visitor } from './admin-stage'
import { openChromium } from './chromium'
import { needsBrowser } from './stage'

describe('the admin page of who signs in by a provider, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  before(function () {
    needsBrowser(this)
  })
  const stage = onStage()
  let browser: Browser
  before(async () => (browser = await openChromium()))
  after(() => browser?.close())

  /** Goes to the provider, where somebody is signed in. */
  const signIn = async (sub: string): Promise<Visitor> => {
    const visitor = await Visitor.open(browser, stage.world)
    stage.provider.account = sub
    await visitor.go('login')
    await visitor.page.getByRole('button', { name: 'Sign in with Acme' }).click()

    return visitor
  }
  /** The pages of the provider are elsewhere. */
  const end = async (visitor: Visitor) => {
    visitor.problems.splice(0, visitor.problems.length, ...visitor.problems.filter((text) => !text.startsWith(stage.provider.url))) // prettier-ignore
    await visitor.end()
  }

  it('is theirs, also after the page is loaded anew, until they sign out', async () => {
    const { sub, email } = stage.somebody({ given_name: 'Ada' })
    const visitor = await signIn(sub)
    const { page } = visitor
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    assert.equal(new URL(page.url()).hash.includes('code'), false)
    await page.reload()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    const open = 'select email from users join sessions on user_id = users.id where revoked_at is null'
    assert.deepEqual(await stage.world.sql(open), [{ email }])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(await stage.world.sql(open), [])
    await end(visitor)
  })

  it('says that somebody would rather not, and nobody is signed in', async () => {
    const visitor = await signIn('nobody')
    await visitor.page.getByText('The provider refused the log-in').waitFor()
    assert.equal(await visitor.page.getByRole('button', { name: 'Sign out' }).count(), 0)
    assert.equal(await stage.people(), 1)
    await end(visitor)
  })
})

import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { World } from '../helpers/world'
import { PASSWORD } from '../helpers/world'
import { Visitor } from './admin-stage'
import { flaws } from './axe'

export const PHONE = { width: 375, height: 740 }

/** A browser of one person on a front end of the shop. */
export class Guest {
  private constructor(
    readonly site: 'shop' | 'stock',
    readonly visitor: Visitor
  ) {}

  /** @param who signs in by the form of the page; nobody does where it is left out */
  static async open(browser: Browser, world: World, site: 'shop' | 'stock', who?: string, viewport?: typeof PHONE): Promise<Guest> {
    const visitor = await Visitor.open(browser, world, { viewport })
    const guest = new Guest(site, visitor)
    if (who) await guest.signIn((await world.person(who)).email!)

    return guest
  } // prettier-ignore

  get page() {
    return this.visitor.page
  }

  async go(place = ''): Promise<void> {
    // Another hash alone would be the same document.
    await this.page.goto('about:blank')
    await this.page.goto(`${this.visitor.world.url}/${this.site}#/${place}`)
  }

  async signIn(email: string): Promise<void> {
    await this.go('sign-in')
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password').fill(PASSWORD)
    await this.page.locator('form .primary').click()
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  /** Waits until the page follows what happens. */
  live(): Promise<void> {
    return this.page.locator('.connection.live').waitFor()
  }

  /** Each place breaks no rule of WCAG 2.2 AA and is no wider than the screen. Pictures of all are kept. */
  async inspect(places: readonly string[], colorScheme: 'light' | 'dark'): Promise<void> {
    const { page, site } = this
    await page.emulateMedia({ colorScheme })
    const { width } = page.viewportSize()!
    for (const place of places) {
      await this.go(place)
      await page.locator('main h1').waitFor()
      await page.waitForLoadState('networkidle')
      assert.deepEqual(await flaws(page), [], `${place} in ${colorScheme}`)
      assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, place)
      await this.visitor.shoot(`${site}-${place.replace(/\W+/g, '-') || 'start'}-${colorScheme}-${width}`)
    }
  }
}

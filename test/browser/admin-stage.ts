import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Person, World } from '../helpers/world'
import { PASSWORD } from '../helpers/world'

/** Kept by CI, and no part of the repository. */
const SHOTS = path.join(__dirname, '../../coverage/screenshots')

const DESK = { width: 1280, height: 800 }

interface VisitorOptions {
  readonly who?: string
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** Milliseconds that a page is waited for: a whole document, or the schema of all of GraphQL, is drawn slowly on a busy machine. */
export const PATIENCE = 60_000

/** A browser of one person, on the admin page, that keeps what goes wrong in it. */
export class Visitor {
  /** Whose page is of interest where a test fails. */
  static last?: Visitor
  /** What the page reported as an error, and addresses elsewhere that it asked for. */
  readonly problems: string[] = []

  private constructor(
    readonly world: World,
    readonly context: BrowserContext,
    readonly page: Page
  ) {}

  /** @param who signs in; nobody does where it is left out */
  static async open(browser: Browser, world: World, { who, viewport = DESK }: VisitorOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport, timezoneId: 'Europe/Berlin', locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE)
    const visitor = (Visitor.last = new Visitor(world, context, page))
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(world.url) && !url.startsWith(world.url.replace('http', 'ws')) && !/^(data|blob):/.test(url)) visitor.problems.push(url) // prettier-ignore
    })
    page.on('pageerror', ({ message }) => visitor.problems.push(message))
    page.on('console', (message) => {
      // An answer of the server with a status of an error is printed by the browser itself.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) visitor.problems.push(message.text()) // prettier-ignore
    })
    if (who) await visitor.signIn(await world.person(who))

    return visitor
  } // prettier-ignore

  go(place = ''): Promise<unknown> {
    return this.page.goto(`${this.world.url}/admin#/${place}`)
  }

  /** Signs in by the form, as people do. */
  async signIn({ email }: Person, code?: string): Promise<void> {
    await this.go('login')
    await this.page.getByLabel('Email').fill(email!)
    await this.page.getByLabel('Password').fill(PASSWORD)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    if (code) {
      await this.page.getByLabel('Code').fill(code)
      await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  /** Closes the browser, in which nothing may have gone wrong and nobody else been asked for anything. */
  async end(): Promise<void> {
    await this.context.close()
    assert.deepEqual(this.problems, [])
  }

  async shoot(name: string): Promise<void> {
    mkdirSync(SHOTS, { recursive: true })
    await this.page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true })
  }
}

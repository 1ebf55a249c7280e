import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Visitor } from './admin-stage'
import { closeDevelopmentStage, openDevelopmentStage } from './stage'

const EDITOR = '.graphiql-query-editor'
const RESULT = '.result-window'

/** Writes a document in place of what is there, and runs it once the editor has read it, which names its tab after the operation. */
const run = async (page: Page, name: string, document: string) => {
  await page.locator(`${EDITOR} .view-lines`).click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText(document)
  await page.getByRole('tab', { name }).waitFor()
  await page.keyboard.press('ControlOrMeta+Enter')
}

/** Resolves once a frame of a socket of the page has this text: the window has the last event alone, and `synced` may come right behind another. */
const heard = (page: Page, text: string) =>
  new Promise<void>((resolve) =>
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => void (String(payload).includes(text) && resolve()))
    )
  )

describe('GraphiQL at /graphql while developing, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  before(async function () {
    ;({ world, browser } = await openDevelopmentStage(this))
    await world.make('categories', { name: 'Tea', slug: 'tea' })
  })
  after(() => closeDevelopmentStage({ world, browser }))

  it('knows the fields, answers queries and follows subscriptions, and asks nobody else for anything', async () => {
    const visitor = await Visitor.open(browser, world)
    const { page } = visitor
    const [hello, cups] = [heard(page, '"hello"'), heard(page, '"Cups"')]
    await page.goto(`${world.url}/graphql`)
    await run(page, 'Lists', 'query Lists { categories_find(first: 5) { nodes { name } } }')
    await page.locator(RESULT).getByText('"Tea"').waitFor()
    await visitor.shoot('playground')
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByRole('link', { name: 'Query', exact: true }).click()
    await page.getByRole('link', { name: 'categories_find', exact: true }).waitFor()
    await run(page, 'Changes', 'subscription Changes { categories { event record { name } } }')
    await hello
    await page.locator(RESULT).getByText(/"(hello|synced)"/).waitFor() // prettier-ignore
    await world.make('categories', { name: 'Cups', slug: 'cups' })
    await cups
    await page.locator(RESULT).getByText(/"(Cups|synced)"/).waitFor() // prettier-ignore
    await visitor.end()
  })

  it('leaves the address to programs, and there is none in production', async () => {
    const query = `${world.url}/graphql?query=%7B__typename%7D`
    assert.deepEqual(await (await fetch(query)).json(), { data: { __typename: 'Query' } })
    process.env.NODE_ENV = 'production'
    const other = await startWorld()
    process.env.NODE_ENV = 'development'
    const answer = await fetch(`${other.url}/graphql`, { headers: { Accept: 'text/html' } })
    await other.close()
    assert.equal(answer.status, 406)
  })
})

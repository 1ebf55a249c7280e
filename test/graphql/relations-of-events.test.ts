import assert from 'node:assert/strict'
import { createClient } from 'graphql-sse'
import { anyone, belongsTo, defineResource, text } from '../../packages/rachis/src/declare'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { graphqlAt } from './ask'

const shelves = defineResource('shelves', { fields: { name: text() }, access: { read: anyone } })
const books = defineResource('books', {
  fields: { title: text(), shelf_id: belongsTo('shelves' as never) },
  relations: { shelf: { one: 'shelf_id' } },
  access: { read: anyone }
})

describe('relations of events', () => {
  const BUDGET = 5
  let world: World
  before(async () => {
    const settings = { rate_limit: { requests: BUDGET, window: 3600 } }
    world = await startWorld({ resources: [shelves, books], settings })
    await world.sql(`insert into shelves (name) values ('high')`)
  })
  after(() => world?.close())

  it('are read by calls of their subscriber, whose failure is told in place of the event and ends nothing', async () => {
    const client = createClient({ url: graphqlAt(world), retryAttempts: 0 })
    const events = client.iterate<Json, Json>({ query: 'subscription { books { event record { title shelf { name } } } }' }) // prettier-ignore
    const next = async () => (await events.next()).value as Json
    const nextChange = async (): Promise<Json> => {
      for (;;) {
        const found = await next()
        if (found.data?.books?.event !== 'synced') return found
      }
    }
    assert.equal((await next()).data.books.event, 'hello')
    const told: Json[] = []
    for (let index = 0; index < BUDGET + 2; index++) {
      await world.sql(`insert into books (title, shelf_id) values ('book ${index}', 1)`)
      told.push(await nextChange())
    }
    assert.deepEqual(told[0]!.data.books, { event: 'created', record: { title: 'book 0', shelf: { name: 'high' } } }) // prettier-ignore
    const refused = told.filter(({ errors }) => errors !== undefined)
    assert.ok(refused.length >= 2 && refused.length < told.length, JSON.stringify(told))
    for (const { data, errors } of refused) {
      assert.equal(data, null)
      assert.deepEqual([errors[0].extensions.code, errors[0].path], ['TOO_MANY_REQUESTS', ['books']])
    }
    client.dispose()
  })
})

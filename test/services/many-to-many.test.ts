import assert from 'node:assert/strict'
import {
  $user,
  authenticated,
  belongsTo,
  defineResource,
  owner,
  role,
  text
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { statementsOf } from '../helpers/statements'
import type { Json, Person, World } from '../helpers/world'
import type { Untyped } from '../../packages/rachis/src/testing/wire'
import { startWorld } from '../helpers/world'
import { ask } from '../graphql/ask'

const mine = { user_id: $user.id }
const refers = (resource: string) =>
  belongsTo(resource as never, { on_delete: 'cascade', allow_unreadable: true })

/** Both ends, and what joins them: of each only some records are shown. */
const RESOURCES = [
  defineResource('deals', {
    fields: { name: text({ maxLength: 20 }) },
    relations: { labels: { through: 'deal_labels' as never, by: 'deal_id', to: 'label_id' } },
    access: { read: authenticated, create: authenticated, update: role('admin') }
  }),
  defineResource('labels', {
    fields: { word: text({ maxLength: 20 }), user_id: owner('users') },
    relations: { deals: { through: 'deal_labels' as never, by: 'label_id', to: 'deal_id' } },
    access: { read: [mine, role('admin')], create: authenticated, update: mine }
  }),
  defineResource('deal_labels', {
    fields: { deal_id: refers('deals'), label_id: refers('labels'), user_id: owner('users') },
    access: { read: [mine, role('admin')], create: authenticated, remove: mine }
  })
] as unknown as AnyResource[]

const words = (row: Json) => (row.labels as Json[]).map(({ word }) => word)

describe('many to many', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  let deals: Json[]
  const get = async (person: Person, path: string) => (await world.rest(person, 'GET', path)).body
  const post = async (person: Person, path: string, body: Json): Promise<Json> => {
    const { status, body: made } = await world.rest(person, 'POST', path, { body })
    assert.equal(status, 201, JSON.stringify(made))

    return made
  }
  const join = (person: Person, file: Json, label: Json) => post(person, '/deal_labels', { deal_id: file.id, label_id: label.id }) // prettier-ignore

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    const { owner: one, stranger } = cast
    deals = []
    for (const name of ['a', 'b', 'c']) deals.push(await post(one, '/deals', { name }))
    const [red, blue] = [await post(one, '/labels', { word: 'red' }), await post(one, '/labels', { word: 'blue' })]
    const secret = await post(stranger, '/labels', { word: 'secret' })
    const [a, b] = deals as [Json, Json]
    await join(one, a, red)
    await join(one, a, blue)
    await join(one, a, blue)
    await join(one, b, blue)
    // Their own row of the join, to a label that they may not read, and somebody else's row to a label of theirs.
    await join(one, b, secret)
    await join(stranger, b, red)
    await join(stranger, a, secret)
  }) // prettier-ignore
  after(() => world.close())

  it('shows a reader the records that they may read, by rows of the join that they may read, each once', async () => {
    const of = async (person: Person) => (await get(person, '/deals?include=labels&sort=id')).data.map(words)
    assert.deepEqual(await of(cast.owner), [['red', 'blue'], ['blue'], []])
    assert.deepEqual(await of(cast.stranger), [['secret'], [], []])
    assert.deepEqual(await of(cast.manager), [[], [], []])
    assert.deepEqual(await of(cast.admin), [['red', 'blue', 'secret'], ['blue', 'secret', 'red'], []])
    assert.equal((await world.rest(cast.anonymous, 'GET', '/deals?include=labels')).status, 401)
  })

  it('does so from the other end, of one record, nested, over sockets and in GraphQL', async () => {
    const [row] = (await get(cast.owner, '/labels?word=blue&include=deals')).data
    assert.deepEqual(row.deals.map(({ name }: Json) => name), ['a', 'b'])
    assert.deepEqual(words(await get(cast.owner, `/deals/${deals[0]!.id}?include=labels.deals`)), ['red', 'blue'])
    const client = await world.client(cast.owner)
    const found = await client.service('deals').find({ query: { $include: 'labels', sort: 'id' } })
    assert.deepEqual(found.data.map(words), [['red', 'blue'], ['blue'], []])
    const { data } = await ask(world, cast.stranger, '{ deals_find(sort: [{ field: id }]) { nodes { labels { word } } } }') as { data: { deals_find: { nodes: Json[] } } }
    assert.deepEqual(data.deals_find.nodes.map(words), [['secret'], [], []])
  }) // prettier-ignore

  it('filters by what the reader may read, and tells nothing of the rest', async () => {
    const names = async (person: Person, query: string) => (await get(person, `/deals?${query}&sort=id`)).data.map(({ name }: Json) => name) // prettier-ignore
    assert.deepEqual(await names(cast.owner, 'labels.word=blue'), ['a', 'b'])
    assert.deepEqual(await names(cast.owner, 'labels.word=secret'), [])
    assert.deepEqual(await names(cast.owner, 'labels.word[$ne]=blue'), ['a'])
    assert.deepEqual(await names(cast.stranger, 'labels.word=secret'), ['a'])
    assert.deepEqual(await names(cast.stranger, 'labels.word=red'), [])
    assert.deepEqual(await names(cast.admin, 'labels.word=red'), ['a', 'b'])
  })

  it('asks two more statements, however many records there are', async () => {
    const asked = (query: string) =>
      statementsOf(async () => void (await get(cast.owner, `/deals?${query}`)), /deal_labels|"labels"/)
    assert.deepEqual(
      [(await asked('include=labels&limit=1')).length, (await asked('include=labels')).length],
      [2, 2]
    )
  })

  it('stands in the description of the admin page, for whoever may follow it', async () => {
    const relations = async (person: Person) => {
      const { resources } = await get(person, '/admin/description')
      return (resources as Json[]).find(({ name }) => name === 'deals')?.relations as Json[] | undefined
    }
    const labels = { name: 'labels', kind: 'many', column: 'id', by: 'id', resource: 'labels' }
    const through = { resource: 'deal_labels', by: 'deal_id', to: 'label_id' }
    assert.deepEqual(await relations(cast.owner), [{ ...labels, through }])
    assert.ok(!(await relations(cast.anonymous))?.length)
  })

  it('stands in the documents', async () => {
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as Untyped
    const schema = Object.values(document.components.schemas as Record<string, { properties?: Json }>).find(({ properties }) => properties?.labels) // prettier-ignore
    assert.equal((schema!.properties!.labels as Json).type, 'array')
  })

  it('counts each record once, however many rows of the join lead to it', async () => {
    const { owner: one } = cast
    const [d, red, last] = [await post(one, '/deals', { name: 'd' }), await post(one, '/labels', { word: 'often' }), await post(one, '/labels', { word: 'last' })] // prettier-ignore
    const often =
      'insert into deal_labels (deal_id, label_id, user_id) select $1, $2, $3 from generate_series(1, 150)'
    await world.sql(often, [d.id, red.id, one.id])
    await join(one, d, last)
    assert.deepEqual(words(await get(one, `/deals/${d.id}?include=labels`)), ['often', 'last'])
    const [label] = (await get(one, '/labels?word=last&include=deals')).data
    assert.deepEqual(label.deals.map(({ name }: Json) => name), ['d']) // prettier-ignore
  })

  it('goes with the row of the join', async () => {
    const [one] = (await get(cast.owner, `/deal_labels?deal_id=${deals[1]!.id}&sort=id`)).data
    await world.rest(cast.owner, 'DELETE', `/deal_labels/${one.id}`)
    assert.deepEqual(words(await get(cast.owner, `/deals/${deals[1]!.id}?include=labels`)), [])
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { walk } from './goods'
import { fill, inOrder, RESOURCES } from './jars'

type Cast = Awaited<ReturnType<World['cast']>>

const FIELDS = ['id', 'name', 'weight', 'shelf.name', 'shelf.size', 'shelf.id', 'shelf.is_open', 'shelf.room.name', 'shelf.room.floor'] // prettier-ignore
/** Of some records their reader is not shown these. */
const OF_SOME = ['shelf.note', 'other.name', 'other.size', 'other.room.floor']

describe('lists by fields of related records', () => {
  let world: World
  let cast: Cast
  before(async () => {
    world = await startWorld({ resources: RESOURCES, settings: { rate_limit: { requests: 0 } } })
    cast = await world.cast()
    await fill(world, [cast.owner, cast.stranger], 90)
  })
  after(() => world?.close())

  const asks =
    (person: Person) =>
    async (query: string): Promise<Json> => {
      const { status, body } = await world.rest(person, 'GET', `/jars?${query}`)
      assert.equal(status, 200, JSON.stringify(body))
      return body as Json
    }
  const idsOf = (rows: readonly Json[]) => rows.map(({ id }) => id as number)
  const readers = () => [cast.owner, cast.stranger, cast.admin, cast.anonymous]
  const fieldsOf = (person: Person) => (person.id === undefined ? FIELDS : [...FIELDS, ...OF_SOME])
  const included = ({ id }: Person) => `include=shelf.room${id === undefined ? '' : ',other.room'}&limit=200`

  it('are in the order of what their reader is shown, in every form of pages, there and back', async function () {
    this.timeout(120_000)
    const sorts = (person: Person) =>
      fc
        .uniqueArray(fc.constantFrom(...fieldsOf(person)), { minLength: 1, maxLength: 3 })
        .chain((names) => fc.tuple(...names.map((name) => fc.constantFrom(name, `-${name}`))))
    for (const person of readers()) {
      const ask = asks(person)
      const rows = (await ask(included(person))).data as Json[]
      assert.equal(rows.length, 90)
      await fc.assert(
        fc.asyncProperty(sorts(person), fc.constantFrom(7, 40), async (sort, limit) => {
          const expected = idsOf(inOrder(rows, sort))
          const query = `sort=${sort.join(',')}&limit=${limit}`
          assert.deepEqual(idsOf((await ask(`sort=${sort.join(',')}&limit=200`)).data), expected)
          assert.deepEqual(idsOf(await walk(ask, query)), expected)
          assert.deepEqual(idsOf(await walk(ask, query, 'previous_cursor')), expected)
          assert.deepEqual(idsOf((await ask(`${query}&skip=30`)).data), expected.slice(30, 30 + limit))
          const { results, count } = await ask(`sort=${sort.join(',')}&page=3&page_size=20`)
          assert.deepEqual([idsOf(results), count], [expected.slice(40, 60), 90])
        }),
        { numRuns: 12 }
      )
    }
  })

  it('are the same over sockets and with fields that are asked for', async () => {
    const { data } = await asks(cast.owner)('sort=-shelf.room.name,weight&limit=200')
    const socket = await world.socket(cast.owner)
    const query = { $sort: { 'shelf.room.name': -1, weight: 1 }, $limit: 200 }
    const all: Json = await socket.call('find', 'jars', query)
    assert.deepEqual(all.data, data)
    const first: Json = await socket.call('find', 'jars', { ...query, $limit: 4, $cursor: '' })
    const next: Json = await socket.call('find', 'jars', { ...query, $limit: 4, $cursor: first.next_cursor })
    assert.deepEqual([...(first.data as Json[]), ...(next.data as Json[])], data.slice(0, 8))
    const chosen = await asks(cast.owner)('$sort[shelf.name]=1&fields=name&limit=2&cursor=')
    assert.deepEqual(chosen.data.map(Object.keys), [['id', 'name'], ['id', 'name']]) // prettier-ignore
    assert.ok(!JSON.stringify(await asks(cast.owner)('sort=shelf.name&cursor=')).includes('$sort0'))
  })

  it('keep their order beside a filter by the same relation, a search and a total', async () => {
    const ask = asks(cast.owner)
    const rows = (await ask(`${included(cast.owner)}&shelf.size=small,large&weight=0,1,2`)).data as Json[]
    assert.ok(rows.length > 5)
    const page = await ask('shelf.size=small,large&weight=0,1,2&sort=-shelf.name&limit=5&count=exact&cursor=')
    assert.deepEqual([idsOf(page.data), page.total], [idsOf(inOrder(rows, ['-shelf.name'])).slice(0, 5), rows.length]) // prettier-ignore
    const { data } = await ask('search=jar&sort=shelf.size&limit=200')
    assert.deepEqual(idsOf(data), idsOf((await ask('sort=shelf.size&limit=200')).data))
  })

  it('do not tell a shelf that is switched off, or removed, from none', async () => {
    const ask = asks(cast.anonymous)
    const closed = await world.sql('select id::int from jars where shelf_id in (select id from shelves where not is_open) or shelf_id is null order by id') // prettier-ignore
    const unnamed = await world.sql('select id::int from jars where shelf_id in (select id from shelves where is_open and name is null)') // prettier-ignore
    assert.ok(closed.length > 20)
    const last = [...idsOf(closed), ...idsOf(unnamed)].sort((a, b) => a - b)
    assert.deepEqual(idsOf((await ask('sort=shelf.name&limit=200')).data).slice(-last.length), last)
    const order = async () => idsOf(await walk(ask, 'sort=-shelf.name,-weight&limit=11'))
    const before = await order()
    await world.sql(`update shelves set name = 'zzz', size = 'large', room_id = 1 where not is_open`)
    assert.deepEqual(await order(), before)
  })

  it('are exported in their order, as CSV and as lines of JSON, with what is hidden in some and without', async () => {
    for (const person of [cast.owner, cast.anonymous]) {
      const sort = person === cast.owner ? 'sort=other.name,-shelf.room.name' : 'sort=-shelf.room.name,weight'
      const expected = idsOf((await asks(person)(`${sort}&limit=200`)).data)
      for (const accept of ['text/csv', 'application/x-ndjson']) {
        const response = await world.send(person, 'GET', `/jars?${sort}`, { headers: { Accept: accept } })
        const lines = (await response.text()).trim().split(/\r?\n/)
        const ids = accept === 'text/csv' ? lines.slice(1).map((line) => Number(line.split(',')[0])) : idsOf(lines.map((line) => JSON.parse(line) as Json)) // prettier-ignore
        assert.deepEqual(ids, expected, `${person.name} ${accept}`)
      }
    }
  })
})

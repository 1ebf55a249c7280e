import assert from 'node:assert/strict'
import { ask, codesOf } from '../graphql/ask'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { fill, RESOURCES } from './jars'

type Cast = Awaited<ReturnType<World['cast']>>

describe('an order by a field of related records', () => {
  let world: World
  let cast: Cast
  before(async () => {
    world = await startWorld({ resources: RESOURCES, settings: { rate_limit: { requests: 0 } } })
    cast = await world.cast()
    await fill(world, [cast.owner, cast.stranger], 30)
  })
  after(() => world?.close())

  const find = (person: Person, query: string, path = 'jars') =>
    world.rest(person, 'GET', `/${path}?${query}`)

  it('is refused with what can be done, where it leads to many records, to nothing, or too far', async () => {
    for (const [path, sort, message, hint] of [
      ['shelves', 'jars.name', /^jars leads to many records/, /fields of its own/],
      ['jars', 'shelf.jars.name', /^shelf\.jars leads to many records/, /fields of its own/],
      ['jars', 'shelf.nmae', /^nmae is not a field of shelves/, /Did you mean name\?/],
      ['jars', 'shelf.name:desc', /is not a field of shelves/, /Did you mean sort=-shelf\.name\?/],
      ['jars', 'shelf.name.desc', /is not a field of shelves/, /Did you mean sort=-shelf\.name\?/],
      ['jars', 'shlef.name', /^shlef\.name is not a field of jars/, /Did you mean shelf\?/],
      ['jars', 'shelf.room.nope.x', /is not a field of rooms/, /./],
      ['jars', 'shelf.data', /^shelf\.data has no order/, /./],
      ['jars', 'shelf.data.color', /is not a field of shelves/, /./],
      ['jars', 'shelf.', /^sort names no field in shelf\.$/, /./]
    ] as const)
      for (const query of [`sort=${sort}`, `sort=-${sort},id`, `$sort[${sort}]=1`]) {
        const { status, body } = await find(cast.owner, query, path)
        assert.deepEqual([status, body.error?.code], [400, 'BAD_QUERY'], query)
        assert.match(body.error.message, message)
        assert.match(body.error.hint, hint)
      }
    const twice = await find(cast.owner, 'sort=shelf.name,-shelf.name')
    assert.match(twice.body.error.message, /^sort names shelf\.name twice/)
  })

  it('is refused where its reader may not read the field, the key or the records, and tells nothing by it', async () => {
    for (const [person, sort] of [
      [cast.owner, 'shelf.secret'],
      [cast.anonymous, 'shelf.note'],
      [cast.anonymous, 'other.name'],
      [cast.owner, 'vault.name'],
      [cast.anonymous, 'vault.id']
    ] as const)
      for (const page of ['', '&cursor=', '&page=1', '&limit=0']) {
        const { status, body } = await find(person, `sort=${sort}${page}`)
        assert.ok([401, 403].includes(status), `${sort}${page}: ${status}`)
        assert.ok(!('data' in body))
      }
    assert.equal((await find(cast.admin, 'sort=shelf.secret,vault.name')).status, 200)
  })

  it('is in the cursor: one of another field, of other rights or changed is refused', async () => {
    const cursorOf = async (person: Person, sort: string) =>
      (await find(person, `sort=${sort}&limit=2&cursor=`)).body.next_cursor as string
    const cursor = await cursorOf(cast.owner, 'shelf.name')
    const refused: [Person, string, string][] = [
      [cast.owner, 'shelf.size', cursor],
      [cast.owner, 'other.name', cursor],
      [cast.owner, 'shelf.room.name', cursor],
      [cast.owner, '-shelf.name', cursor],
      [cast.owner, 'name', cursor],
      [cast.stranger, 'shelf.name', cursor],
      [cast.anonymous, 'shelf.name', cursor],
      [cast.stranger, 'shelf.note', await cursorOf(cast.owner, 'shelf.note')],
      [cast.stranger, 'other.id', await cursorOf(cast.owner, 'other.id')],
      [
        cast.owner,
        'shelf.name',
        `${cursor.slice(0, -3)}${cursor.at(-3) === 'A' ? 'B' : 'A'}${cursor.slice(-2)}`
      ]
    ]
    for (const [person, sort, given] of refused) {
      const { status, body } = await find(person, `sort=${sort}&limit=2&cursor=${given}`)
      assert.deepEqual([status, body.error?.code], [400, 'INVALID_CURSOR'], `${person.name} ${sort}`)
    }
    assert.equal((await find(cast.owner, `sort=shelf.name&limit=2&cursor=${cursor}`)).status, 200)
    assert.doesNotMatch(Buffer.from(cursor, 'base64url').toString('latin1'), /shelf/)
  })

  it('is not for subscriptions, whose events tell nothing of the related records', async () => {
    const socket = await world.socket(cast.owner)
    const subscribe = (query: object) => socket.call('subscribe', 'jars', { query })
    for (const query of [{ $sort: { 'shelf.name': 1 } }, { sort: 'weight,-shelf.room.name' }])
      await assert.rejects(subscribe(query), ({ error }: Json) => {
        assert.deepEqual([error.code, error.field], ['NOT_SUBSCRIBABLE', '$sort'])
        assert.match(error.hint as string, /fields of the record itself/)
        return true
      })
    await assert.rejects(
      subscribe({ $sort: { 'shelf.secret': 1 } }),
      ({ error }: Json) => error.code === 'FORBIDDEN'
    )
    await subscribe({ $sort: { weight: 1 } })
  })

  it('has a value of its own in GraphQL, one relation away', async () => {
    const sorted = (field: string) => `{ jars_find(first: 30, sort: [{ field: ${field}, direction: DESC }, { field: weight }]) { nodes { id } } }` // prettier-ignore
    const { data } = await ask(world, cast.owner, sorted('shelf__name'))
    const rest = await find(cast.owner, 'sort=-shelf.name,weight&limit=30')
    const idsOf = (rows: Json[]) => rows.map(({ id }) => Number(id))
    assert.deepEqual(idsOf(data.jars_find.nodes), idsOf(rest.body.data))
    assert.deepEqual(codesOf(await ask(world, cast.owner, sorted('shelf__secret'))), ['FORBIDDEN'])
    assert.ok((await ask(world, cast.owner, sorted('shelf__jars'))).errors)
  })
})

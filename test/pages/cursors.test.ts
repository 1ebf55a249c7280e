import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { fill, RESOURCES, walk } from './goods'

type Cast = Awaited<ReturnType<World['cast']>>

const FIELDS = ['id', 'name', 'price', 'is_new', 'due_at', 'stars', 'size', 'secret', 'created_at']

describe('pages by cursor', () => {
  let world: World
  let cast: Cast
  const asks =
    (person: Person, status = 200) =>
    async (query: string): Promise<Json> => {
      const answer = await world.rest(person, 'GET', `/goods?${query}`)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      return answer.body
    }
  const idsOf = (rows: Json[]) => rows.map(({ id }) => id)

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    await fill(world, [cast.owner, cast.stranger], 60)
    for (const [person, name] of [[cast.owner, 'Mine'], [cast.stranger, 'Theirs']] as const) // prettier-ignore
      for (const number of [1, 2, 3, 4])
        await world.sql('insert into drawers (name, user_id) values ($1, $2)', [`${name} ${number}`, person.id]) // prettier-ignore
  })
  after(() => world.close())

  it('pass every record once and in the order of the list, there and back, whatever it is sorted by', async function () {
    this.timeout(120_000)
    const sorts = fc
      .uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 4 })
      .chain((names) => fc.tuple(...names.map((name) => fc.constantFrom(name, `-${name}`))))
    await fc.assert(
      fc.asyncProperty(
        sorts,
        fc.constantFrom(7, 20, 100),
        fc.constantFrom('owner', 'admin'),
        async (sort, limit, who) => {
          const ask = asks(cast[who as 'owner' | 'admin'])
          const all = idsOf((await ask(`sort=${sort.join(',')}&limit=200`)).data)
          const query = `sort=${sort.join(',')}&limit=${limit}`
          assert.equal(all.length, 60)
          assert.deepEqual(idsOf(await walk(ask, query)), all)
          assert.deepEqual(idsOf(await walk(ask, query, 'previous_cursor')), all)
        }
      ),
      { numRuns: 25 }
    )
  })

  it('go on where they were when records are created, removed and changed meanwhile', async () => {
    const ask = asks(cast.admin)
    const [first, last] = await world.sql(`select min(id) as min, max(id) as max from goods`).then(([row]) => [row!.min, row!.max]) // prettier-ignore
    const page = await ask('sort=id&limit=5&cursor=')
    await world.sql('update goods set price = 3 where id = $1', [page.data[4].id])
    await world.rest(cast.owner, 'DELETE', `/goods/${page.data[4].id}`)
    const next = await ask(`sort=id&limit=5&cursor=${page.next_cursor}`)
    assert.deepEqual(idsOf(next.data)[0], Number(first) + 5)
    const end = await ask(`sort=id&limit=5&before=`)
    assert.equal(end.next_cursor, null)
    assert.equal(end.data.at(-1).id, Number(last))
  })

  it('lead back from behind the end, where everything that was there is gone', async () => {
    const ask = asks(cast.admin)
    const all = idsOf((await ask('sort=-id&limit=200')).data)
    const place = (await ask(`sort=-id&limit=${all.length - 1}&cursor=`)).next_cursor
    const gone = all.at(-1)
    await world.sql('delete from goods where id = $1', [gone])
    const empty = await ask(`sort=-id&limit=5&cursor=${place}`)
    assert.deepEqual([empty.data, empty.next_cursor], [[], null])
    const back = await ask(`sort=-id&limit=5&cursor=${empty.previous_cursor}`)
    assert.deepEqual(idsOf(back.data), all.slice(-6, -1))
    const forward = await ask(`sort=-id&limit=5&after=${place}`)
    assert.deepEqual(forward.data, [])
  })

  it('take a place from either side, and the fields that are asked for', async () => {
    const ask = asks(cast.owner)
    const all = (await ask('sort=price,-id&limit=200')).data
    const page = await ask('sort=price,-id&limit=3&fields=name&after=')
    assert.deepEqual(page.data.map(Object.keys), [['id', 'name'], ['id', 'name'], ['id', 'name']]) // prettier-ignore
    const before = await ask(`sort=price,-id&limit=2&before=${page.next_cursor}`)
    assert.deepEqual(idsOf(before.data), idsOf(all.slice(0, 2)))
    const after = await ask(`sort=price,-id&limit=2&after=${page.next_cursor}`)
    assert.deepEqual(idsOf(after.data), idsOf(all.slice(3, 5)))
    assert.deepEqual((await ask('cursor=&limit=0')).data, [])
  })

  it('are the same bytes for the same page, so that an answer has a validator', async () => {
    const ask = asks(cast.owner)
    const query = 'sort=-price&limit=3&cursor='
    assert.equal(JSON.stringify(await ask(query)), JSON.stringify(await ask(query)))
  })

  it('count only where they are asked to', async () => {
    const ask = asks(cast.owner)
    assert.equal('total' in (await ask('cursor=&limit=2')), false)
    const all = (await ask('limit=200')).total
    assert.equal((await ask('cursor=&limit=2&count=exact')).total, all)
    assert.equal((await ask('cursor=&limit=2&count=estimated')).total, all)
    const page = await ask('cursor=&limit=2&count=exact&is_new=true')
    const next = await ask(`cursor=${page.next_cursor}&limit=2&count=exact&is_new=true`)
    assert.equal(next.total, page.total)
  })

  it('work over sockets, in the spelling of Feathers, with the same cursors', async () => {
    const socket = await world.socket(cast.owner)
    const query = { $cursor: '', $limit: 4, $sort: { price: -1 }, $count: 'exact' }
    const first: Json = await socket.call('find', 'goods', query)
    const rest = await asks(cast.owner)('cursor=&limit=4&sort=-price&count=exact')
    assert.deepEqual(first, rest)
    const second: Json = await socket.call('find', 'goods', { ...query, $cursor: first.next_cursor })
    const back: Json = await socket.call('find', 'goods', { ...query, $cursor: undefined, $before: second.previous_cursor }) // prettier-ignore
    assert.deepEqual(back.data, first.data)
  })

  describe('refuse a cursor', () => {
    const refused = async (person: Person, path: string) => {
      const { status, body } = await world.rest(person, 'GET', path)
      assert.deepEqual([status, body.error?.code], [400, 'INVALID_CURSOR'], JSON.stringify(body))
      assert.match(body.error.hint, /begin again/)
    }
    const cursorOf = async (person: Person, path: string): Promise<string> =>
      (await world.rest(person, 'GET', path)).body.next_cursor as string

    it('of another sort, filter, search, resource or caller', async () => {
      const cursor = await cursorOf(cast.owner, '/goods?sort=price&is_new=true&limit=2&cursor=')
      for (const query of [
        'sort=-price&is_new=true',
        'sort=price',
        'sort=price&is_new=false',
        'sort=price,name&is_new=true',
        'sort=price&is_new=true&search=thing'
      ])
        // prettier-ignore
        await refused(cast.owner, `/goods?${query}&cursor=${cursor}`)
      const own = await cursorOf(cast.owner, '/drawers?limit=1&cursor=')
      await refused(cast.stranger, `/drawers?limit=1&cursor=${own}`)
      await refused(cast.owner, `/goods?limit=1&cursor=${own}`)
      const masked = await cursorOf(cast.admin, '/goods?sort=secret&limit=1&cursor=')
      await refused(cast.owner, `/goods?sort=secret&limit=1&cursor=${masked}`)
    })

    it('that was changed, cut or made up', async () => {
      const cursor = await cursorOf(cast.owner, '/goods?limit=2&cursor=')
      const flipped = `${cursor.slice(0, -3)}${cursor.at(-3) === 'A' ? 'B' : 'A'}${cursor.slice(-2)}`
      for (const text of [
        flipped,
        cursor.slice(0, -1),
        `${cursor}A`,
        'x',
        '1',
        'a'.repeat(9000),
        'ä',
        '%2e%2e',
        `${cursor}=`
      ])
        // prettier-ignore
        for (const name of ['cursor', 'after', 'before'])
          await refused(cast.owner, `/goods?limit=2&${name}=${encodeURIComponent(text)}`)
      await refused(cast.owner, '/goods?cursor[$gt]=x')
      await refused(cast.owner, '/goods?cursor[]=x')
    })

    it('beside another one, beside another form of pages, and of a search without an order', async () => {
      for (const query of [
        'cursor=&after=',
        'cursor=&skip=5',
        'cursor=&page=2',
        'cursor=&$cursor=',
        'search=thing&cursor=',
        'cursor=&count=all'
      ]) {
        // prettier-ignore
        const { status, body } = await world.rest(cast.owner, 'GET', `/goods?${query}`)
        assert.ok([400, 422].includes(status), query)
        assert.ok(['BAD_QUERY', 'VALIDATION_ERROR'].includes(body.error.code), query)
      }
      assert.equal((await asks(cast.owner)('search=thing&sort=name&cursor=')).data.length, 50)
    })

    it('and never shows a value of a record in one', async () => {
      const cursor = await cursorOf(cast.admin, '/goods?sort=name&limit=2&cursor=')
      assert.doesNotMatch(Buffer.from(cursor, 'base64url').toString('latin1'), /Thing/)
    })
  })
})

import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { statementsOf } from '../helpers/statements'
import { fill, RESOURCES, walk } from './goods'

type Cast = Awaited<ReturnType<World['cast']>>
type Links = Partial<Record<'next' | 'prev' | 'first' | 'last', string>>

const linksOf = ({ headers }: Answer): Links =>
  Object.fromEntries(
    [...(headers.get('link') ?? '').matchAll(/<\/api\/v1([^>]+)>; rel="(\w+)"/g)].map(([, path, rel]) => [
      rel,
      path
    ])
  )

describe('links and counts of pages', () => {
  let world: World
  let cast: Cast
  const get = async (path: string, person: Person = cast.owner) => {
    const answer = await world.rest(person, 'GET', path)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer
  }
  const ids = ({ body }: Answer) => ((body.data ?? body.results) as Json[]).map(({ id }) => id as number)

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    cast = await world.cast()
    await fill(world, [cast.owner, cast.stranger], 23)
  })
  after(() => world.close())

  for (const [form, query] of [
    ['by offset', 'limit=5'],
    ["by offset, in Feathers' spelling", '$limit=5&$skip=0'],
    ['by number', 'page_size=5'],
    ['by cursor', 'cursor=&limit=5'],
    ['by offset, without a count', 'limit=5&count=none'],
    ['by number, without a count', 'page_size=5&count=none'],
    ['by offset, with an estimate', 'limit=5&count=estimated']
  ] as const)
    it(`lead through the list by the header Link: ${form}`, async () => {
      const all = ids(await get('/goods?sort=-price&is_new=false&limit=200'))
      let answer = await get(`/goods?sort=-price&is_new=false&${query}`)
      const seen = ids(answer)
      assert.equal(linksOf(answer).prev, undefined)
      assert.deepEqual(ids(await get(linksOf(answer).first!)), seen)
      while (linksOf(answer).next) {
        const before = answer
        answer = await get(linksOf(answer).next!)
        assert.deepEqual(ids(await get(linksOf(answer).prev!)), ids(before))
        assert.deepEqual(ids(await get(linksOf(answer).first!)), all.slice(0, 5))
        seen.push(...ids(answer))
      }
      assert.deepEqual(seen, all)
      const { last } = linksOf(await get(`/goods?sort=-price&is_new=false&${query}`))
      if (last) assert.deepEqual(ids(await get(last)), all.slice(-(all.length % 5 || 5)))
      else assert.match(form, /cursor|without a count/)
    })

  it('are none where there is no other page, and none that would be too long for a client', async () => {
    assert.equal((await get('/goods?limit=50')).headers.get('link'), null)
    const name = `name[$ne]=${'x'.repeat(5000)}`
    assert.equal((await get(`/goods?limit=5&${name}`)).headers.get('link'), null)
    const some = await get(`/goods?limit=5&skip=5&name[$ne]=${'x'.repeat(1500)}`)
    assert.deepEqual(Object.keys(linksOf(some)), ['next', 'prev'])
  })

  it('leave the total out, and the statement that counts, where none is asked for', async () => {
    let offset: Json = {}
    let number: Json = {}
    const texts = await statementsOf(async () => {
      offset = (await get('/goods?limit=5&skip=20&count=none', cast.anonymous)).body
      number = (await get('/goods?page=1&page_size=5&count=none', cast.anonymous)).body
      await get('/goods?cursor=&limit=5', cast.anonymous)
    }, /count/)
    assert.deepEqual(texts, [])
    assert.deepEqual(Object.keys(offset), ['limit', 'skip', 'data'])
    assert.equal(offset.data.length, 3)
    assert.deepEqual(Object.keys(number), ['next', 'previous', 'results'])
    assert.deepEqual([number.previous, number.results.length], [null, 5])
  })

  it('estimate no more than their bound of what is not all to be seen, and roughly of what is', async () => {
    await world.sql(`insert into goods (name, price, user_id) select 'More', 1, $1 from generate_series(1, 12000)`, [cast.owner.id]) // prettier-ignore
    await world.sql('analyze goods')
    const total = async (person: Person, query: string) => (await get(`/goods?limit=1&${query}`, person)).body.total // prettier-ignore
    assert.equal(await total(cast.stranger, 'count=exact'), 12023)
    assert.equal(await total(cast.stranger, 'count=estimated&name=More'), 10000)
    assert.equal(await total(cast.stranger, 'count=estimated&name[$ne]=More'), 23)
    const seen = await total(cast.admin, 'count=estimated&name=More')
    assert.ok(seen >= 10000 && seen <= 14000, String(seen))
  })

  it('sort what is hidden of a record as null, and hold no place by it', async () => {
    const ask = async (query: string): Promise<Json> => (await get(`/goods?${query}`, cast.stranger)).body
    const rows = await walk(ask, 'sort=secret&limit=7&name[$ne]=More')
    assert.deepEqual(rows, (await ask('sort=secret&limit=200&name[$ne]=More')).data)
    const theirs = rows.map(({ user_id }) => user_id === cast.stranger.id)
    assert.deepEqual(
      theirs,
      [...theirs].sort((a, b) => Number(b) - Number(a))
    )
    const page = async () => JSON.stringify(await ask(`sort=secret&limit=20&cursor=&name[$ne]=More`))
    const before = await page()
    await world.sql('update goods set secret = id % 5, hidden = 0 where user_id = $1', [cast.owner.id])
    assert.equal(await page(), before)
  })
})

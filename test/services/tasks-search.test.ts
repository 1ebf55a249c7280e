import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

describe('tasks', () => {
  let world: World
  let cast: Awaited<ReturnType<World['cast']>>
  const task = async (person: Person, body: Json): Promise<Json> =>
    (await world.rest(person, 'POST', '/tasks', { body })).body
  const search = (q: string, rest = '', person = cast.owner): Promise<Answer> =>
    world.rest(person, 'GET', `/tasks/search?q=${encodeURIComponent(q)}${rest}`)
  const titles = ({ body }: Answer): string[] => body.data.map(({ title }: Json) => title)
  const list = async (query: string): Promise<string[]> =>
    titles(await world.rest(cast.owner, 'GET', `/tasks?${query}`)).sort()

  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    const { owner, stranger } = cast
    await task(owner, { title: 'Call about insurance', description: 'after the report, the report' })
    await task(owner, { title: 'Quarterly report', description: 'report the report to whoever reads a report' })
    await task(owner, { title: 'Buy tea', priority: 'high', due_date: '2026-03-01T10:00:00Z' })
    await task(owner, { title: 'Buy coffee', priority: 'urgent', due_date: '2026-03-05T10:00:00Z', status: 'in_progress' })
    await task(owner, { title: 'Read', status: 'completed', due_date: '2026-04-01T00:00:00Z' })
    await task(stranger, { title: 'Quarterly report of a stranger', description: 'report '.repeat(20) })
  }) // prettier-ignore
  after(() => world.close())

  describe('are searched', () => {
    it('by words and their beginnings, best first', async () => {
      assert.deepEqual(titles(await search('report')), ['Quarterly report', 'Call about insurance'])
      assert.deepEqual(titles(await search('quart rep')), ['Quarterly report'])
      assert.deepEqual(titles(await search('insur')), ['Call about insurance'])
      assert.deepEqual(titles(await search('BUY')).sort(), ['Buy coffee', 'Buy tea'])
      assert.deepEqual(titles(await search('quartely reprot')), ['Quarterly report'], 'two slips')
      assert.deepEqual(titles(await search('nothing like that')), [])
    })

    it('among the own only, whoever asks and however', async () => {
      const { stranger, admin, manager } = cast
      assert.deepEqual(titles(await search('report', '', stranger)), ['Quarterly report of a stranger'])
      for (const person of [admin, manager]) assert.equal((await search('report', '', person)).body.total, 0)
      assert.equal((await search('report', '', anonymous)).status, 401)
      assert.equal((await search('report', `&user_id=${stranger.id}`)).body.total, 0)
      assert.equal((await search('report', '&search=tax')).status, 400, 'two texts to search for')
      const [mine, outside] = [await world.socket(cast.owner), await world.socket()]
      const found = await mine.call('search', 'tasks', { q: 'report' })
      assert.deepEqual(titles({ body: found } as Answer), ['Quarterly report', 'Call about insurance'])
      assert.equal((await outside.refusal('search', 'tasks', { q: 'report' })).code, 401)
    })

    it('in pages, as every list', async () => {
      const page = await search('report', '&limit=1')
      assert.deepEqual([page.body.total, page.body.limit, page.body.skip, titles(page)], [2, 1, 0, ['Quarterly report']])
      assert.deepEqual(titles(await search('report', '&limit=1&skip=1')), ['Call about insurance'])
      assert.equal((await search('report', '&limit=1000')).body.limit, 100)
      assert.match((await search('report', '&page=1&page_size=1')).body.next, /^\/api\/v1\/tasks\/search\?q=report&page=2/)
      const some = await world.rest(cast.owner, 'GET', '/tasks/search/select?q=report&fields=title&sort=title&status=pending,completed')
      assert.deepEqual(some.body.data.map(({ title }: Json) => title), ['Call about insurance', 'Quarterly report'])
      assert.deepEqual(Object.keys(some.body.data[0]), ['id', 'title'])
      assert.deepEqual((await search('report')).body, (await world.rest(cast.owner, 'GET', '/tasks?search=report')).body)
    }) // prettier-ignore

    it('for whatever somebody types, without an error', async () => {
      for (const q of ['&|!():*', `'"\\`, '%_', '🫖🫖', '<->', 'a'.repeat(1000), 'ß', '\t', 'あ'.repeat(1000), ':* & |'])
        assert.equal((await search(q)).status, 200, q.slice(0, 20))
      const refused: [string, number][] = [['', 422], ['?q=' + 'a'.repeat(1001), 422], ['?q=a%00b', 422], ['?q=x&limit=x', 422], ['?q[a]=b', 422]]
      for (const [query, status] of refused)
        assert.equal((await world.rest(cast.owner, 'GET', `/tasks/search${query}`)).status, status, query.slice(0, 20))
    }) // prettier-ignore
  })

  describe('are filtered', () => {
    it('by state and priority', async () => {
      assert.deepEqual(await list('status=in_progress,completed'), ['Buy coffee', 'Read'])
      assert.deepEqual(await list('priority[$in][]=high&priority[$in][]=urgent&status=pending'), ['Buy tea'])
      assert.deepEqual(await list('priority[$ne]=medium'), ['Buy coffee', 'Buy tea'])
    })

    it('by their due dates, in order of them', async () => {
      assert.deepEqual(await list('max_due_date=2026-03-31'), ['Buy coffee', 'Buy tea'])
      assert.deepEqual(await list('due_date[$gte]=2026-03-05T11:00:00%2B01:00&due_date[$lt]=2026-04-01'), ['Buy coffee'])
      assert.deepEqual(await list('due_date[$null]=true&search=report'), ['Call about insurance', 'Quarterly report'])
      const sorted = await world.rest(cast.owner, 'GET', '/tasks?due_date[$null]=false&sort=-due_date')
      assert.deepEqual(titles(sorted), ['Read', 'Buy coffee', 'Buy tea'])
    }) // prettier-ignore
  })

  it('go from state to state, and no other way', async () => {
    const { owner, stranger } = cast
    const { id } = await task(owner, { title: 'Step by step' })
    const step = (name: string, person = owner) => world.rest(person, 'POST', `/tasks/${id}/${name}`)
    assert.equal((await step('start', stranger)).status, 404)
    assert.equal((await step('start')).body.status, 'in_progress')
    const twice = await step('start')
    assert.deepEqual([twice.status, twice.body.error.code], [409, 'STATE_CONFLICT'])
    assert.equal((await step('complete')).body.status, 'completed')
    assert.equal((await step('cancel')).status, 409)
    const written = await world.rest(owner, 'PATCH', `/tasks/${id}`, { body: { status: 'in_progress' } })
    assert.equal(written.status, 409)
    assert.equal((await step('reopen')).body.status, 'pending')
  })
})

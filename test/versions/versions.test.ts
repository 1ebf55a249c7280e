import assert from 'node:assert/strict'
import type { Json, World } from '../helpers/world'
import type { Stage } from './stage'
import { caller, NEW, OLD, openStage, renew, shape } from './stage'

describe('versions of the API', () => {
  let world: World
  let cast: Stage['cast']
  let id = 0
  before(async () => {
    ;({ world, cast } = await openStage())
  })
  beforeEach(async () => {
    id = await renew({ world, cast })
  })
  after(() => world?.close())

  const v1 = caller(1, () => ({ world, cast }))
  const v2 = caller(2, () => ({ world, cast }))

  it('show a record as each of them has it, to each by their rights', async () => {
    assert.deepEqual(shape((await v2('GET', `/articles/${id}`)).body), NEW)
    assert.deepEqual(shape((await v1('GET', `/articles/${id}`)).body), OLD)
    const { secret_cents: _s, ...publicly } = NEW
    const { secret: _t, ...formerly } = OLD
    for (const person of [cast.anonymous, cast.stranger])
      for (let again = 0; again < 2; again++) {
        assert.deepEqual(shape((await v2('GET', `/articles/${id}`, {}, person)).body), publicly)
        assert.deepEqual(shape((await v1('GET', `/articles/${id}`, {}, person)).body), formerly)
        assert.deepEqual(shape((await v1('GET', '/articles', {}, person)).body.data[0]), formerly)
      }
  })

  it('are the same by either way through the server, addresses of pages included', async () => {
    for (const path of [
      `/articles/${id}`,
      '/articles?page=1&page_size=1',
      '/articles?limit=1',
      '/articles/0',
      '/nothing'
    ]) {
      const answers: unknown[] = []
      for (const isFast of [true, false]) {
        world.app.set('fastPath', isFast)
        const { status, body, headers } = await v2('GET', path, { headers: { 'X-Request-Id': 'same' } })
        answers.push([status, body, ...['link', 'etag', 'vary', 'cache-control', 'deprecation'].map((name) => headers.get(name))]) // prettier-ignore
      }
      world.app.set('fastPath', true)
      assert.deepEqual(answers[0], answers[1], path)
    }
  })

  it('take what a client of each writes, under the rules of the present one', async () => {
    const made = await v1('POST', '/articles', { body: { name: 'Rum', price: 12.34, author: 'Kay Mc Nulty' } }) // prettier-ignore
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('location'), `/api/v1/articles/${made.body.id}`)
    assert.deepEqual(shape(made.body), { name: 'Rum', price: 12.34, author: 'Kay Mc Nulty', secret: null })
    const { body } = await v2('GET', `/articles/${made.body.id}`)
    assert.deepEqual([body.title, body.price_cents, body.last_name], ['Rum', 1234, 'Mc Nulty'])
    const patched = await v1('PATCH', `/articles/${id}`, { body: { price: 5 } })
    assert.deepEqual(shape(patched.body), { ...OLD, price: 5 })
    const sentBack = await v1('PATCH', `/articles/${id}`, { body: patched.body })
    assert.equal(sentBack.status, 200)
    assert.equal((await v2('GET', `/articles/${id}`)).body.subtitle, 'Hot')
    const many = await v1('PATCH', '/articles?name=Tea', { body: { name: 'Teas' } })
    assert.equal(many.status, 200)
    assert.equal((await v2('GET', `/articles/${id}`)).body.title, 'Teas')
    for (const person of [cast.anonymous, cast.stranger])
      assert.ok([401, 403].includes((await v1('PATCH', `/articles/${id}`, { body: { name: 'Mine' } }, person)).status)) // prettier-ignore
    assert.equal(
      (await v2('POST', '/articles', { body: NEW })).headers.get('location')?.slice(0, 8),
      '/api/v2/'
    )
  })

  it('a PUT of an older one leaves alone what that one does not know', async () => {
    const body = { title: 'Tea', paper: 'A4', copies: 7, note: 'x' }
    const { id: leaflet } = (await v2('POST', '/leaflets', { body })).body
    const path = `/leaflets/${leaflet}`
    const read = async () => shape((await v2('GET', path)).body)
    const replaced = await v1('PUT', path, { body: { heading: 'Rum' } })
    assert.deepEqual([replaced.status, shape(replaced.body)], [200, { heading: 'Rum', note: null }])
    assert.deepEqual(await read(), { title: 'Rum', paper: 'A4', copies: 7, note: null })
    assert.deepEqual((await v1('PUT', path, { body: {} })).body.error.details.map((one: Json) => one.field), ['heading']) // prettier-ignore
    assert.equal((await v1('PUT', path, { body: { heading: 'Rum', paper: 'A3' } })).status, 422)
    assert.deepEqual((await v2('PUT', path, { body: { title: 'Rum' } })).body.error.details.map((one: Json) => one.field), ['paper']) // prettier-ignore
    await v2('PUT', path, { body: { title: 'Rum', paper: 'A5' } })
    assert.deepEqual(await read(), { title: 'Rum', paper: 'A5', copies: 100, note: null })
    assert.equal((await v1('PUT', `/articles/${id}`, { body: OLD })).status, 200)
    assert.equal((await v2('GET', `/articles/${id}`)).body.subtitle, 'Hot')
  })

  it('filter, sort and choose by the names and values of each', async () => {
    await v2('POST', '/articles', { body: { ...NEW, title: 'Rum', price_cents: 1250 } })
    const names = async (query: string) =>
      (await v1('GET', `/articles?${query}`)).body.data.map(({ name }: Json) => name)
    for (const [query, expected] of [
      ['name=Tea', ['Tea']],
      ['price=12.5', ['Rum']],
      ['min_price=5', ['Rum']],
      ['price[$lt]=5', ['Tea']],
      ['filter[price.$lt]=5', ['Tea']],
      ['price=4.5,12.5&sort=-price', ['Rum', 'Tea']],
      ['$sort[name]=1', ['Rum', 'Tea']],
      ['$or[0][name]=Tea&$or[1][price]=1', ['Tea']],
      ['name[$ilike]=t%25', ['Tea']]
    ] as const)
      assert.deepEqual(await names(query), expected, query)
    const chosen = await v1('GET', `/articles/${id}?fields=author,price`)
    assert.deepEqual(chosen.body, { id, price: 4.5, author: 'Ada Lovelace' })
    for (const query of [
      'title=Tea',
      'sort=price_cents',
      'fields=subtitle',
      'author=Ada',
      'price[$ilike]=4'
    ]) {
      const { status, body } = await v1('GET', `/articles?${query}`)
      assert.deepEqual([status, body.error.code], [400, 'BAD_QUERY'], query)
    }
    assert.equal((await v1('GET', '/articles?secret=7', {}, cast.stranger)).body.data.length, 0)
    assert.equal((await v1('GET', '/articles?secret=7', {}, cast.owner)).body.data.length, 2)
  })

  it('sort by fields of related records, by the names that these had in each', async () => {
    const other = (await v2('POST', '/articles', { body: { ...NEW, title: 'Rum', price_cents: 50 } })).body.id
    for (const article_id of [id, other]) await v2('POST', '/comments', { body: { line: 'x', article_id } })
    const articles = async (ask: typeof v1, sort: string) =>
      (await ask('GET', `/comments?${sort}`)).body.data.map((row: Json) => row.article_id)
    for (const sort of ['sort=article.name', '$sort[article.name]=1', 'sort=-line,article.price'])
      assert.deepEqual(await articles(v1, sort), [other, id], sort)
    assert.deepEqual(await articles(v1, 'sort=-article.name'), [id, other])
    assert.deepEqual(await articles(v2, 'sort=article.title'), [other, id])
    for (const [ask, name] of [
      [v1, 'title'],
      [v1, 'subtitle'],
      [v1, 'author'],
      [v2, 'name']
    ] as const)
      // prettier-ignore
      assert.equal((await ask('GET', `/comments?sort=article.${name}`)).status, 400, name)
  })

  it('lead from page to page within each, by its own names', async () => {
    await v2('POST', '/articles', { body: { ...NEW, title: 'Rum' } })
    for (const [version, query] of [
      ['v1', 'name[$ne]=x'],
      ['v2', 'title[$ne]=x']
    ] as const) {
      const first = await world.rest(cast.anonymous, 'GET', `/api/${version}/articles?${query}&page=1&page_size=1`) // prettier-ignore
      assert.ok(first.body.next.startsWith(`/api/${version}/articles?`), first.body.next)
      const second = await world.rest(cast.anonymous, 'GET', first.body.next)
      assert.equal(second.status, 200)
      assert.equal(second.body.results.length, 1)
      assert.match(first.headers.get('link')!, new RegExp(`</api/${version}/articles\\?[^>]*>; rel="next"`))
    }
  })

  it('refuse by the names of each', async () => {
    const body = { name: 'T', price: -1, author: 'Ada Lovelace' }
    const { status, body: refused } = await v1('POST', '/articles', { body })
    assert.equal(status, 422)
    assert.deepEqual(refused.error.details.map(({ field }: Json) => field).sort(), ['name', 'price'])
    assert.doesNotMatch(JSON.stringify(refused), /price_cents|title|-100/)
    for (const field of ['title', 'price_cents', 'subtitle', 'first_name']) {
      const answer = await v1('PATCH', `/articles/${id}`, { body: { [field]: 'x' } })
      assert.deepEqual([answer.status, answer.body.error.field], [422, field])
    }
    const current = await v2('PATCH', `/articles/${id}`, { body: { name: 'x' } })
    assert.deepEqual([current.status, current.body.error.field], [422, 'name'])
  })

  it('refuse values that cannot be converted as any value of another type', async () => {
    for (const value of [null, [], {}, 'x', true, [1], 1e308, { $gt: 1 }]) {
      const answer = await v1('POST', '/articles', { body: { name: 'Odd', price: value, author: value } })
      assert.equal(answer.status, 422, JSON.stringify(value))
    }
    const proto = await v1('POST', '/articles', { raw: '{"name":"x","price":1,"author":"A B","__proto__":{}}', headers: { 'Content-Type': 'application/json' } }) // prettier-ignore
    assert.ok([400, 422].includes(proto.status))
    for (const query of [
      'price=x',
      'price[$gt]=',
      'price[$in]=x',
      '$or=1',
      'sort=',
      'price[a][b]=1',
      'fields[x]=1'
    ])
      assert.ok([400, 422].includes((await v1('GET', `/articles?${query}`)).status), query)
  })

  it('show related records and filter by them in each', async () => {
    await v2('POST', '/comments', { body: { line: 'Good', article_id: id } })
    const [comment] = (await v1('GET', '/comments?include=article&article.name=Tea')).body.data
    assert.deepEqual(shape(comment.article), OLD)
    assert.deepEqual(shape((await v2('GET', '/comments?include=article&article.title=Tea')).body.data[0].article), NEW) // prettier-ignore
    assert.equal((await v1('GET', '/comments?article.title=Tea')).status, 400)
    assert.equal((await v1('GET', `/articles/${id}?include=comments`)).body.comments[0].line, 'Good')
    const history = await v1('GET', `/articles/${id}/history`)
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(history.body)).at?.(-1)?.changes ?? history.body.data?.at(-1).changes).filter((name) => ['title', 'price_cents', 'subtitle'].includes(name)), []) // prettier-ignore
  })
})

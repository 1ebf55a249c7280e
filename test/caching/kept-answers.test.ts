import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { assertDocumented } from '../helpers/documented'
import type { Answer, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Gate, library } from './library'

type Cast = Awaited<ReturnType<World['cast']>>

describe('answers that the server keeps', () => {
  const gate = new Gate()
  let world: World
  let cast: Cast
  let shelf = 0
  before(async () => {
    world = await startWorld({ resources: library(gate), settings: { rate_limit: { requests: 100_000 } } })
    cast = await world.cast()
  })
  beforeEach(async () => {
    await world.sql('delete from labels')
    await world.sql('delete from books')
    await world.sql('delete from shelves')
    const { body } = await world.rest(cast.owner, 'POST', '/shelves', { body: { name: 'Poems' } })
    shelf = body.id as number
    await world.rest(cast.owner, 'POST', '/books', { body: { title: 'Odes', shelf_id: shelf } })
    await world.settled()
  })
  after(() => world?.close())

  const read = (path: string, person: Person = cast.anonymous) => world.rest(person, 'GET', path)
  const status = ({ headers }: Answer) => (headers.get('cache-status') ?? '').replace(/ttl=\d+/, 'ttl')
  const HIT = 'rachis; hit; ttl'
  const STORED = 'rachis; fwd=uri-miss; stored'
  const assertKept = async (path: string) => {
    const answer = await read(path)
    assert.equal(status(answer), HIT, path)

    return answer
  }
  const assertRead = async (path: string) => {
    const answer = await read(path)
    assert.equal(status(answer), STORED, path)

    return answer
  }
  const paths = () => [
    `/shelves/${shelf}`,
    '/shelves',
    '/shelves?sort=-name&limit=5&cursor=',
    '/shelves?include=books',
    '/books?include=shelf',
    '/shelves/sum'
  ]

  it('are the same bytes, validators and links as those that were read', async () => {
    for (const path of paths()) {
      const first = await assertRead(path)
      for (const isFast of [true, false]) {
        world.app.set('fastPath', isFast)
        const again = await assertKept(path)
        assert.deepEqual(again.body, first.body)
        for (const name of ['etag', 'link', 'content-type', 'x-rachis-position', 'vary', 'cache-control'])
          assert.equal(again.headers.get(name), first.headers.get(name), `${path} ${name}`)
        const known = await world.rest(cast.anonymous, 'GET', path, { headers: { 'If-None-Match': first.headers.get('etag')! } }) // prettier-ignore
        assert.deepEqual([known.status, known.body, status(known)], [304, '', HIT])
      }
      world.app.set('fastPath', true)
    }
  })

  it('are found by the same query in another order, and not by another one', async () => {
    await assertRead('/shelves?name=Poems&limit=5')
    await assertKept('/shelves?limit=5&name=Poems')
    await assertRead('/shelves?limit=6&name=Poems')
    await assertRead('/shelves?$sort[name]=1&$sort[is_open]=1')
    await assertRead('/shelves?$sort[is_open]=1&$sort[name]=1')
  })

  it('are for callers without credentials alone, and made from what those are answered', async () => {
    await world.rest(cast.owner, 'POST', '/shelves', { body: { name: 'Letters', is_open: false } })
    await world.sql('update books set secret = 7')
    await world.settled()
    const names = (answer: Answer) => answer.body.data.map(({ name }: { name: string }) => name).sort()
    for (const person of [cast.owner, cast.admin, cast.stranger]) {
      const answer = await read('/shelves', person)
      assert.equal(status(answer), '')
      assert.deepEqual(names(answer), person === cast.stranger ? ['Poems'] : ['Letters', 'Poems'])
      assert.equal((await read('/books', person)).body.data[0].secret, person === cast.admin ? 7 : undefined)
    }
    for (const expected of [STORED, HIT]) {
      const answer = await read('/shelves')
      assert.deepEqual([status(answer), names(answer)], [expected, ['Poems']])
      assert.equal((await read('/books')).body.data[0].secret, undefined)
    }
    assert.deepEqual(names(await read('/shelves', cast.owner)), ['Letters', 'Poems'])
    const bad = { name: 'bad', token: 'a.b.c' }
    assert.equal((await read('/shelves', bad)).status, 401)
  })

  it('end with a change of what they were made from: by a call, by SQL, of what they include, of a parent', async () => {
    const all = async (change: () => Promise<unknown>, stale: readonly string[], kept: readonly string[]) => {
      for (const path of [...stale, ...kept]) await read(path)
      for (const path of [...stale, ...kept]) await assertKept(path)
      await change()
      await world.settled()
      for (const path of kept) await assertKept(path)
      for (const path of stale) await assertRead(path)
    }
    const shelves = ['/shelves', `/shelves/${shelf}`]
    const [withBooks, books, report] = ['/shelves?include=books', '/books', '/shelves/sum']
    const patch = (name: string) => world.rest(cast.owner, 'PATCH', `/shelves/${shelf}`, { body: { name } })
    const labels = '/labels'
    const sorted = ['/labels?sort=-shelf.name', '/labels?$sort[shelf.name]=1&limit=5&cursor=']
    const labelled = [
      ...sorted,
      '/labels?shelf.name=Poems',
      '/labels?$or[0][shelf.name]=Poems&$or[1][line]=x'
    ]
    await world.sql(`insert into labels (line, shelf_id) values ('L', $1)`, [shelf])
    await world.settled()
    assert.equal((await read(labelled[2]!)).body.total, 1)
    await all(() => patch('Odes'), [...shelves, withBooks, books, report, ...labelled], [labels])
    assert.equal((await read(labelled[2]!)).body.total, 0)
    await all(() => world.sql(`update books set title = 'Other'`), [withBooks, books, report], shelves)
    await all(() => world.sql(`insert into notices (line) values ('x')`), [report], [...shelves, withBooks, books]) // prettier-ignore
    await all(() => world.sql('truncate books'), [withBooks, books, report], shelves)
    assert.deepEqual((await read('/shelves?include=books')).body.data[0].books, [])
    assert.equal((await read(`/shelves/${shelf}`)).body.name, 'Odes')
  })

  it('do not show what its rule has taken away', async () => {
    for (const path of paths()) await read(path)
    await world.rest(cast.owner, 'PATCH', `/shelves/${shelf}`, { body: { is_open: false } })
    await world.settled()
    assert.equal((await read(`/shelves/${shelf}`)).status, 404)
    for (const path of ['/shelves', '/shelves?include=books', '/books?include=shelf'])
      assert.deepEqual((await read(path)).body.data, [])
    assert.deepEqual((await read('/shelves/sum')).body, { shelves: 0 })
  })

  it('end with the history of changes', async () => {
    await read('/shelves')
    await assertKept('/shelves')
    const { feed } = world.app.get('engine')
    const lost = once(feed, 'lost')
    await world.sql(`update feed_epoch set epoch = '99-1-1'`)
    feed.wake()
    await lost
    await assertRead('/shelves')
    await assertKept('/shelves')
  })

  it('are not kept where a change overtook them, and who comes behind the change is not given them', async () => {
    gate.close()
    const early = read('/shelves/sum')
    await gate.entered
    await world.sql(`insert into shelves (name, user_id) values ('New', $1)`, [cast.owner.id])
    await world.settled()
    const late = read('/shelves/sum')
    await new Promise((resolve) => setImmediate(resolve))
    gate.release()
    const [before, behind] = [await early, await late]
    assert.deepEqual([before.body, status(before)], [{ shelves: 1 }, 'rachis; fwd=uri-miss'])
    assert.deepEqual(behind.body, { shelves: 2 })
    assert.deepEqual((await read('/shelves/sum')).body, { shelves: 2 })
  })

  it('are read once for many who ask at the same time', async () => {
    gate.close()
    const before = gate.runs
    const asked = Array.from({ length: 20 }, () => read('/shelves/sum'))
    await gate.entered
    // All of them have come once a call that came after them is answered.
    await Promise.all(Array.from({ length: 20 }, () => read('/notices')))
    gate.release()
    const answers = await Promise.all(asked)
    assert.equal(gate.runs - before, 1)
    for (const { body } of answers) assert.deepEqual(body, { shelves: 1 })
    assert.equal(answers.filter((answer) => status(answer) === STORED).length, 1)
    assert.equal(answers.filter((answer) => status(answer) === 'rachis; fwd=uri-miss; collapsed').length, 19)
  })

  it('are no errors: each who asks is told by an error of their own', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => read('/shelves/sum?by=failure')))
    const traces = answers.map(({ status: code, body }) => {
      assert.equal(code, 500)
      return body.error.trace_id as string
    })
    assert.equal(new Set(traces).size, 3)
    for (const path of ['/shelves/999999', '/shelves?colour=red'])
      for (const { headers } of [await read(path), await read(path)])
        assert.equal(headers.get('cache-status'), null)
  })

  it('serve sockets by the same rule', async () => {
    const socket = await world.socket()
    const owner = await world.socket(cast.owner)
    const first = await socket.call('sum', 'shelves', {})
    const { runs } = gate
    assert.deepEqual(await socket.call('sum', 'shelves', {}), first)
    assert.equal(gate.runs, runs)
    assert.deepEqual(await owner.call('sum', 'shelves', {}), first)
    assert.equal(gate.runs, runs + 1)
    const list = await socket.call('find', 'shelves', { $include: ['books'] })
    assert.deepEqual(await socket.call('find', 'shelves', { $include: ['books'] }), list)
    await world.rest(cast.owner, 'PATCH', `/shelves/${shelf}`, { body: { name: 'Sagas' } })
    await socket.event('shelves patched', ({ name }) => name === 'Sagas')
    // Who was told of a change reads it.
    assert.equal((await socket.call('find', 'shelves', {})).data[0].name, 'Sagas')
    assert.equal((await read('/shelves')).body.data[0].name, 'Sagas')
  })

  it('are counted for rate limits as others are', async () => {
    const asked = [await read('/shelves/rated'), await read('/shelves/rated'), await read('/shelves/rated')]
    assert.deepEqual(asked.map((answer) => [answer.status, status(answer)]), [[200, STORED], [200, HIT], [429, '']]) // prettier-ignore
  })

  it('are described', async () => {
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as OpenApiDocument
    for (const path of paths().filter((one) => !one.includes('cursor'))) {
      const answer = await read(path)
      assertDocumented(document, 'GET', `/api/v1${path}`, 200, answer.body)
    }
    const { headers } = document.paths['/shelves']!.get!.responses['200'] as { headers: object }
    assert.ok('Cache-Status' in headers && 'Cache-Control' in headers)
  })

  it('are not given while the feed does not see what is written', async () => {
    await read('/shelves')
    await assertKept('/shelves')
    await world.app.get('engine').feed.stop()
    await world.sql(`update shelves set name = 'Unseen'`)
    const answer = await read('/shelves')
    assert.deepEqual([status(answer), answer.body.data[0].name], ['rachis; fwd=bypass', 'Unseen'])
  })
})

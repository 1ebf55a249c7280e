import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { fill, RESOURCES } from './goods'

type Cast = Awaited<ReturnType<World['cast']>>

describe('validators of reads', () => {
  let world: World
  let cast: Cast
  const LIST = '/goods?sort=-price&limit=5&cursor='
  const get = (person: Person, path: string, headers: Record<string, string> = {}) =>
    world.rest(person, 'GET', path, { headers: { 'Accept-Encoding': 'identity', ...headers } })
  const etagOf = async (person: Person, path: string): Promise<string> => {
    const { status, headers } = await get(person, path)
    assert.equal(status, 200)
    return headers.get('etag')!
  }
  let path = ''
  const paths = () => [path, LIST, '/goods?limit=5', `${path}?fields=name`]

  before(async () => {
    world = await startWorld({ resources: RESOURCES, settings: { http: { compress_from: 100 } } })
    cast = await world.cast()
    await fill(world, [cast.owner, cast.stranger], 10)
    const [row] = await world.sql('select id from goods where user_id = $1 order by id limit 1', [cast.owner.id]) // prettier-ignore
    path = `/goods/${row!.id}`
  })
  after(() => world.close())

  it('are strong for a record and weak for a list, and stay while nothing changes', async () => {
    for (const person of [cast.anonymous, cast.owner]) {
      assert.match(await etagOf(person, path), /^"[\w-]{27}"$/)
      assert.match(await etagOf(person, LIST), /^W\/"[\w-]{27}"$/)
      for (const one of paths()) assert.equal(await etagOf(person, one), await etagOf(person, one))
    }
  })

  it('answer 304 without a body to who has the answer, with the headers that it would have had', async () => {
    for (const one of paths()) {
      const etag = await etagOf(cast.owner, one)
      const opaque = etag.replace('W/', '')
      for (const given of [etag, opaque, `W/${opaque}`, `"other", ${etag}`, '*']) {
        const answer = await get(cast.owner, one, { 'If-None-Match': given })
        assert.deepEqual([answer.status, answer.body], [304, ''], given)
        const { headers } = answer
        assert.equal(headers.get('etag'), etag)
        assert.equal(headers.get('cache-control'), 'private, no-cache')
        assert.match(headers.get('vary')!, /Origin/)
        assert.ok(headers.get('x-rachis-position'))
        assert.equal(headers.get('content-type'), null)
      }
      for (const given of ['"other"', 'other', '', opaque.slice(1, -1), `"${opaque.slice(2)}`])
        assert.equal((await get(cast.owner, one, { 'If-None-Match': given })).status, 200, given)
    }
  })

  it('are the same by either way through the server, and for HEAD', async () => {
    const etag = await etagOf(cast.owner, path)
    world.app.set('fastPath', false)
    assert.equal(await etagOf(cast.owner, path), etag)
    assert.equal((await get(cast.owner, path, { 'If-None-Match': etag })).status, 304)
    assert.equal(
      (
        await world.rest(cast.owner, 'HEAD', path, { headers: { 'Accept-Encoding': 'identity' } })
      ).headers.get('etag'),
      etag
    )
    world.app.set('fastPath', true)
  })

  it('of a record are strong in each coding, those of a list the same in all', async () => {
    const long = '/goods?limit=5&sort=id'
    for (const fast of [true, false]) {
      world.app.set('fastPath', fast)
      const etag = await etagOf(cast.owner, path)
      for (const coding of ['gzip', 'br']) {
        const packed = await get(cast.owner, path, { 'Accept-Encoding': coding })
        assert.deepEqual([packed.headers.get('content-encoding'), packed.headers.get('etag')], [coding, etag.replace(/"$/, `.${coding}"`)]) // prettier-ignore
        const tag = packed.headers.get('etag')!
        const again = await get(cast.owner, path, { 'Accept-Encoding': coding, 'If-None-Match': `W/${tag}` })
        assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, '', tag])
        assert.equal(
          (await get(cast.owner, path, { 'Accept-Encoding': coding, 'If-None-Match': etag })).status,
          200
        )
        assert.equal((await get(cast.owner, long, { 'Accept-Encoding': coding })).headers.get('etag'), await etagOf(cast.owner, long)) // prettier-ignore
      }
      assert.equal((await get(cast.owner, path, { 'If-None-Match': `W/${etag}` })).status, 304)
    }
    world.app.set('fastPath', true)
  })

  it('change with what the caller may read, and with nothing else', async () => {
    const people = [cast.anonymous, cast.stranger, cast.owner, cast.admin]
    const all = () => Promise.all(people.map((person) => Promise.all([path, LIST, '/goods?limit=50'].map((one) => etagOf(person, one))))) // prettier-ignore
    const [anonymous, stranger, owner, admin] = await all()
    await world.sql('update goods set secret = secret + 10, hidden = 7 where user_id = $1', [cast.owner.id])
    const after = await all()
    assert.deepEqual([after[0], after[1]], [anonymous, stranger])
    assert.notEqual(after[2]![0], owner![0])
    assert.notEqual(after[3]![0], admin![0])
    await world.sql(`update goods set name = 'Another'`)
    const last = await all()
    for (const [index, tags] of last.entries())
      for (const [at, tag] of tags.entries()) assert.notEqual(tag, after[index]![at])
  })

  it('are asked of nobody who may not read: a known validator of somebody else opens nothing', async () => {
    const drawer = (await world.rest(cast.owner, 'POST', '/drawers', { body: { name: 'x' } })).body.id as number // prettier-ignore
    const etag = await etagOf(cast.owner, `/drawers/${drawer}`)
    for (const given of [etag, '*']) {
      assert.equal((await get(cast.stranger, `/drawers/${drawer}`, { 'If-None-Match': given })).status, 404)
      assert.equal((await get(cast.anonymous, `/drawers/${drawer}`, { 'If-None-Match': given })).status, 401)
    }
  })

  it('are no matter of errors', async () => {
    const answers = [
      await get(cast.owner, '/goods/999999', { 'If-None-Match': '*' }),
      await get(cast.owner, '/goods?nothing=1', { 'If-None-Match': '*' })
    ]
    assert.deepEqual(answers.map(({ status }) => status), [404, 400]) // prettier-ignore
    for (const { headers } of answers) assert.equal(headers.get('etag'), null)
  })
})

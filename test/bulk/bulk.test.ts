import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { $user, authenticated, defineResource, integer, oneOf, owner, role, text, withDefault } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const mine = { user_id: $user.id }
/** Everybody sees what is open; its owner changes what is not locked. */
const posts = defineResource('posts', {
  fields: {
    user_id: owner('users'),
    title: text({ maxLength: 40 }),
    status: withDefault(oneOf('open', 'hidden'), 'open'),
    rank: withDefault(integer(), 0),
    secret: withDefault(integer(), 0)
  },
  bulk: { update: 5, remove: 5 },
  access: {
    read: [{ status: 'open' }, mine, role('admin')],
    create: authenticated,
    update: [{ ...mine, rank: { $lt: 100 } }, role('admin')],
    remove: [mine, role('admin')],
    fields: { secret: { read: role('admin'), write: role('admin') } }
  }
})
const RESOURCES = [posts] as unknown as AnyResource[]

describe('PATCH and DELETE over filters', () => {
  let world: World
  let owner_: Person
  let stranger: Person
  let admin: Person
  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    ;({ owner: owner_, stranger, admin } = await world.cast())
  })
  after(() => world.close())
  beforeEach(async () => {
    await world.sql('delete from posts')
    for (const [person, title, rank] of [
      [owner_, 'a', 1],
      [owner_, 'b', 2],
      [owner_, 'c', 100],
      [stranger, 'd', 1]
    ] as const)
      // prettier-ignore
      await world.rest(person, 'POST', '/posts', { body: { title, rank } })
    await world.settled()
  })

  const patch = (person: Person, query: string, body: Json, headers = {}) =>
    world.rest(person, 'PATCH', `/posts?${query}`, { body, headers })
  const titles = (body: Json[]) => body.map(({ title }) => title as string).sort()
  const stored = () => world.sql('select title, rank, status from posts order by title')
  const refused = async (
    answer: Promise<{ status: number; body: any }>,
    status: number,
    code: string,
    field?: string
  ) => {
    // prettier-ignore
    const rows = await stored()
    const { status: found, body } = await answer
    assert.deepEqual(
      [found, body.error?.code, body.error?.field],
      [status, code, field],
      JSON.stringify(body)
    )
    assert.deepEqual(await stored(), rows)
  }

  it('take one object, which the hint on a list says', async () => {
    const { status, body } = await patch(owner_, 'title=a', [{ title: 'x' }] as never)
    assert.deepEqual([status, body.error.code], [400, 'MALFORMED_BODY'])
    assert.match(body.error.hint, /one object, in no list/)
  })

  it('change what the filters find and the rule allows, by one statement, and tell of each record', async () => {
    const sockets = [await world.socket(owner_), await world.socket(stranger)]
    const { status, body } = await patch(owner_, 'min_rank=1', { title: 'new' })
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(titles(body), ['new', 'new'])
    assert.deepEqual(
      (await stored()).map(({ title }) => title),
      ['c', 'd', 'new', 'new']
    )
    for (const socket of sockets) {
      await socket.told()
      assert.deepEqual(socket.events.map(({ name, data }) => [name, data.title]), Array(2).fill(['posts patched', 'new'])) // prettier-ignore
    }
    assert.equal('secret' in body[0], false)
  })

  it('remove what the filters find and the rule allows', async () => {
    const { status, body } = await world.rest(owner_, 'DELETE', '/posts?rank[$lte]=2')
    assert.deepEqual([status, titles(body)], [200, ['a', 'b']])
    assert.deepEqual((await stored()).map(({ title }) => title), ['c', 'd']) // prettier-ignore
    assert.deepEqual((await world.rest(owner_, 'DELETE', '/posts?title=nothing')).body, [])
  })

  it('are Feathers’ own calls without an id, and methods of their own', async () => {
    const client = await world.client(owner_)
    assert.deepEqual(titles(await client.service('posts').patch(null, { rank: 3 }, { query: { title: 'a' } })), ['a']) // prettier-ignore
    assert.deepEqual(titles(await client.service('posts').remove(null, { query: { rank: 3 } })), ['a'])
    const socket = await world.socket(owner_)
    assert.deepEqual(titles(await socket.call('patch_many', 'posts', { rank: 4 }, { title: 'b' })), ['b'])
    assert.deepEqual(titles(await socket.call('remove_many', 'posts', {}, { rank: 4 })), ['b'])
    const refusal = await socket.refusal('patch', 'tasks', null, { title: 'x' }, { title: 'y' })
    assert.equal(refusal.code, 405)
  })

  it('ask for a filter, and for nothing else', async () => {
    await refused(patch(admin, '', { rank: 0 }), 400, 'BAD_QUERY')
    for (const parameter of ['limit=1', 'sort=id', 'fields=id', '$limit=1', 'page=1', 'search=x', 'include=x'])
      await refused(patch(admin, `title=a&${parameter}`, { rank: 0 }), 400, 'BAD_QUERY', parameter.split('=')[0]) // prettier-ignore
    await refused(patch(admin, 'nothing=1', { rank: 0 }), 400, 'BAD_QUERY', 'nothing')
  })

  it('learn nothing of hidden fields and records', async () => {
    await world.sql(`update posts set status = 'hidden', secret = 7 where title in ('a', 'd')`)
    await world.settled()
    await refused(patch(owner_, 'secret=7', { rank: 0 }), 403, 'FORBIDDEN', 'secret')
    await refused(patch(owner_, 'title=a', { secret: 7 }), 403, 'FORBIDDEN', 'secret')
    // The rule of removing lets nobody else see a hidden record either.
    assert.deepEqual((await world.rest(stranger, 'DELETE', '/posts?title=a')).body, [])
    await refused(patch(anonymous, 'title=b', { rank: 0 }), 401, 'NOT_AUTHENTICATED')
    assert.deepEqual((await patch(stranger, 'title=b', { rank: 0 })).body, [])
  })

  it('take back everything where a record becomes what its writer may not write', async () => {
    await refused(patch(owner_, 'rank[$lt]=100', { rank: 100 }), 403, 'FORBIDDEN')
  })

  it('validate what is sent, and refuse what only the server writes', async () => {
    await refused(patch(owner_, 'title=a', { title: 7 }), 422, 'VALIDATION_ERROR', 'title')
    await refused(patch(owner_, 'title=a', { user_id: 1 }), 422, 'VALIDATION_ERROR', 'user_id')
    await refused(patch(owner_, 'title=a', { titel: 'x' }), 422, 'VALIDATION_ERROR', 'titel')
  })

  it('refuse more records than are declared', async () => {
    await world.sql(
      `insert into posts (user_id, title) select ${owner_.id}, 'many' from generate_series(1, 6)`
    )
    await refused(patch(owner_, 'title=many', { rank: 9 }), 422, 'VALIDATION_ERROR')
    await refused(world.rest(owner_, 'DELETE', '/posts?title=many'), 422, 'VALIDATION_ERROR')
  })

  it('are made once with Idempotency-Key, and in a batch', async () => {
    const headers = { 'Idempotency-Key': randomUUID() }
    const [first, second] = [
      await patch(owner_, 'title=a', { title: 'b' }, headers),
      await patch(owner_, 'title=a', { title: 'b' }, headers)
    ]
    assert.deepEqual(second.body, first.body)
    assert.equal(second.headers.get('idempotency-replayed'), 'true')
    const operations = [{ method: 'DELETE', path: '/posts', query: { title: 'b' } }]
    const { body } = await world.rest(owner_, 'POST', '/batch', { body: { operations } })
    assert.deepEqual(titles(body.results[0].body), ['b', 'b'])
  })

  it('are not there where they are not declared', async () => {
    const { status, headers } = await world.rest(owner_, 'PATCH', '/tasks?title=x', { body: { title: 'y' } })
    assert.deepEqual([status, headers.get('allow')?.includes('PATCH')], [405, false])
  })

  it('stand in the document', async () => {
    const { paths } = (await (await fetch(`${world.url}/openapi.json`)).json()) as Json
    const { patch: change, delete: removal } = paths['/posts']
    assert.deepEqual([change.operationId, removal.operationId], ['posts_patch_many', 'posts_remove_many'])
    assert.ok(change.parameters.some(({ name }: Json) => name === 'title'))
    assert.equal(change.responses['200'].content['application/json'].schema.type, 'array')
  })
})

import assert from 'node:assert/strict'
import { openapi } from '../../packages/rachis/src/openapi/openapi'
import { assertDocumented } from '../helpers/documented'
import type { Answer, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

/** Addresses of one shape each, for generated clients, and the address of all shapes, which answers as it always did. */
describe('the forms of an operation', () => {
  let world: World
  let cast: Record<string, Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    for (const title of ['a', 'b', 'c']) await world.rest(cast.owner!, 'POST', '/tasks', { body: { title } })
    await world.rest(cast.stranger!, 'POST', '/tasks', { body: { title: 'theirs' } })
  })
  after(() => world?.close())

  const document = () => openapi(world.app.get('engine').models)
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    person = cast.owner!
  ): Promise<Answer> => {
    const answer = await world.rest(person, method, path, { body })
    assertDocumented(document(), method, path, answer.status, answer.body)

    return answer
  }

  it('take from the query no other value for what the path names, whatever it is', async () => {
    for (const query of ['role[$eq]=', 'role=admin', 'role[]=user'])
      assert.equal((await call('GET', `/users/role/user?${query}`, undefined, cast.admin)).status, 400, query)
    assert.equal((await call('GET', '/users/role/user?role=user', undefined, cast.admin)).status, 200)
  })

  it('pages are answered by page numbers, the first unless said', async () => {
    const { body } = await call('GET', '/tasks/pages?page_size=2&sort=title')
    assert.deepEqual([body.count, body.results.map(({ title }: any) => title)], [3, ['a', 'b']])
    assert.deepEqual((await call('GET', '/tasks/pages')).body.results.length, 3)
    const next = await world.rest(cast.owner!, 'GET', body.next.replace('/api/v1', ''))
    assert.deepEqual(next.body.results.map(({ title }: any) => title), ['c']) // prettier-ignore
    assert.equal((await call('GET', '/tasks/pages?limit=1')).body.error.field, 'page')
    assert.equal((await call('GET', '/tasks/pages', undefined, anonymous)).status, 401)
  })

  it('select answers the fields that were asked for, of a list and of one', async () => {
    const { body } = await call('GET', '/tasks/select?fields=title&sort=title')
    assert.deepEqual(Object.keys(body.data[0]), ['id', 'title'])
    const { id } = body.data[0]
    assert.deepEqual((await call('GET', `/tasks/${id}/select?fields=title`)).body, { id, title: 'a' })
    assert.equal(
      (await call('GET', `/tasks/${id}/select?fields=title`, undefined, cast.stranger)).status,
      404
    )
    for (const path of ['/tasks/select', `/tasks/${id}/select`]) {
      const { status, body } = await call('GET', path)
      assert.deepEqual([status, body.error.code, body.error.field], [422, 'VALIDATION_ERROR', 'fields'])
    }
  })

  it('for one object are told by a hint that names no list', async () => {
    const { id } = (await call('POST', '/tasks', { title: 'one' })).body
    for (const [method, path] of [['PATCH', `/tasks/${id}`], ['PUT', `/tasks/${id}`], ['POST', '/batch']] as const) {
      const { status, body } = await call(method, path, [{ title: 'x' }])
      assert.deepEqual([status, body.error.code, body.error.message], [400, 'MALFORMED_BODY', 'Send a JSON object'], path)
      assert.match(body.error.hint, /one object, in no list/, path)
    }
    assert.match((await call('POST', '/tasks', 'x')).body.error.hint, /array of objects/)
  }) // prettier-ignore

  it('bulk takes a list, in one transaction, and nothing else', async () => {
    const before = await world.sql('select max(id)::int as id from changes')
    const { status, body } = await call('POST', '/tasks/bulk', [{ title: 'x' }, { title: 'y' }])
    assert.deepEqual([status, body.map(({ title }: any) => title)], [201, ['x', 'y']])
    const events = await world.sql('select id from changes where id > $1', [before[0]!.id])
    assert.equal(events.length, 2)
    const refused = await call('POST', '/tasks/bulk', [{ title: 'z' }, { title: '' }])
    assert.deepEqual([refused.status, refused.body.error.field], [422, '1.title'])
    assert.equal((await call('POST', '/tasks/bulk', { title: 'z' })).body.error.code, 'MALFORMED_BODY')
    assert.match((await call('POST', '/tasks/bulk', { title: 'z' })).body.error.hint, /into a list/)
    assert.equal((await call('POST', '/tasks/bulk', [{ title: 'z' }], anonymous)).status, 401)
    assert.deepEqual(await world.sql("select id from tasks where title = 'z'"), [])
  })

  it('have the methods of their form only, and leave the plain addresses as they were', async () => {
    const options = await world.rest(cast.owner!, 'OPTIONS', '/tasks/pages')
    assert.equal(options.headers.get('allow'), 'GET, HEAD, OPTIONS')
    assert.equal((await world.rest(cast.owner!, 'DELETE', '/tasks/bulk')).status, 405)
    const plain = await world.rest(cast.owner!, 'GET', '/tasks?page=1&fields=title')
    assert.deepEqual(Object.keys(plain.body), ['count', 'next', 'previous', 'results'])
    const several = await world.rest(cast.owner!, 'POST', '/tasks', { body: [{ title: 'x' }] })
    assert.equal(several.body.length, 1)
  })
})

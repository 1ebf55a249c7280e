import assert from 'node:assert/strict'
import http from 'http'
import { once } from 'events'
import { performance } from 'perf_hooks'
import { assertStandstill } from '../helpers/standstill'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused, unchanged } from '../input/contract'

const wide = (keys: number) => `{${Array.from({ length: keys }, (_, index) => `"k${index}":1`).join()}}`

describe('the bounds of a message', () => {
  let world: World
  let owner: Person
  let admin: Person
  before(async () => {
    world = await startWorld()
    ;({ owner, admin } = await world.cast())
  })
  after(() => world?.close())

  const refused = (
    path: string,
    raw: string,
    code: 'PAYLOAD_TOO_LARGE' | 'VALIDATION_ERROR' | 'BAD_REQUEST' | 'FORBIDDEN',
    caller = owner
  ) =>
    unchanged(world, async () => {
      const headers = { 'Content-Type': 'application/json' }
      const answer = await world.rest(caller, 'POST', path, { raw, headers })
      assert.equal(answer.body.error?.code, code)
      return answer
    })

  it('hold for keys, items and depth', async () => {
    await refused('/tasks', wide(85_000), 'PAYLOAD_TOO_LARGE')
    const deeper = `{"metadata":${wide(60_000)}}`
    await refused('/categories', deeper, 'PAYLOAD_TOO_LARGE', admin)
    // Who may not create one is told that before anything about its form.
    await refused('/categories', deeper, 'FORBIDDEN')
    await refused('/tasks', `[${'{},'.repeat(60_000)}{}]`, 'PAYLOAD_TOO_LARGE')
    await refused('/tasks', `{"title":${'['.repeat(300)}${']'.repeat(300)}}`, 'BAD_REQUEST')
  })

  it('count no commas and brackets of texts', async () => {
    const description = `${'{[,'.repeat(3000)}\\"],`
    const raw = JSON.stringify({ title: 'x', description })
    const headers = { 'Content-Type': 'application/json' }
    assert.equal((await world.rest(owner, 'POST', '/tasks', { raw, headers })).status, 201)
  })

  it('name fifty of many mistakes, and do not look for the rest', async () => {
    const keys = await refused('/tasks', wide(40_000), 'VALIDATION_ERROR')
    assert.equal(keys.body.error.details.length, 50)
    const rows = await refused('/tasks', `[${Array(900).fill('{"x":1}').join()}]`, 'VALIDATION_ERROR')
    assert.equal(rows.body.error.details.length, 50)
  })

  it('keep the event loop free for others', async () => {
    const raw = wide(85_000)
    const headers = { 'Content-Type': 'application/json' }
    const ten = () => Promise.all(Array.from({ length: 10 }, () => world.rest(owner, 'POST', '/tasks', { raw, headers }))) // prettier-ignore
    await assertStandstill(400, ten)
  })

  /** Milliseconds, the least of some runs. */
  const parsing = () => {
    const runs = Array.from({ length: 6 }, () => {
      const begun = performance.now()
      JSON.parse(almost)
      return performance.now() - begun
    })
    return Math.min(...runs)
  }

  const almost = wide(49_000)
  const WIDE: [what: string, method: string, path: string, raw: string][] = [
    ['a record', 'POST', '/tasks', almost],
    ['a change', 'PATCH', '/tasks/1', `{"id":1,${almost.slice(1)}`],
    ['a record of a list', 'POST', '/tasks', `[{"title":"x"},${almost}]`],
    ['an object within a record', 'POST', '/tasks', `{"title":"x","description":${almost}}`],
    ['a list within a record', 'POST', '/tasks', `{"title":[1${',1'.repeat(49_000)}]}`],
    ['an item of an order', 'POST', '/orders', `{"items":[${almost}]}`]
  ]
  for (const [what, method, path, raw] of WIDE)
    it(`let ${what} of 49,000 members cost little more than its parsing`, async () => {
      const headers = { 'Content-Type': 'application/json' }
      await assertStandstill(3 * parsing() + 10, async () => {
        const { body } = await world.rest(owner, method, path, { raw, headers })
        assert.equal(body.error.code, 'VALIDATION_ERROR')
        assert.ok(body.error.details.length <= 50)
      })
    })

  it('of a question are those of a query, also where it is posted', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Service-Method': 'search' }
    const answer = await world.rest(owner, 'POST', '/tasks', { raw: wide(3000), headers })
    assertRefused(answer, { code: 'BAD_QUERY' })
  })

  it('are those of the operation', async () => {
    const login = { email: 'x'.repeat(9000), password: 'x' }
    for (const path of ['/auth/login', '/authentication', '/%61uth/login'])
      assertRefused(await world.rest(anonymous, 'POST', path, { body: login }), { code: 'PAYLOAD_TOO_LARGE' })
    const headers = { 'X-Service-Method': 'login' }
    assertRefused(await world.rest(anonymous, 'POST', '/auth', { body: login, headers }), { code: 'PAYLOAD_TOO_LARGE' }) // prettier-ignore
    const complete = await world.rest(owner, 'POST', '/tasks/1/complete', { body: { x: 'x'.repeat(5000) } })
    assertRefused(complete, { code: 'PAYLOAD_TOO_LARGE' })
    const patch = await world.rest(owner, 'PATCH', '/tasks/1', { body: { x: 'x'.repeat(5000) } })
    assert.notEqual(patch.status, 413)
  })

  it('are those of the operation under the path of a record too, where nothing is created', async () => {
    const login = { email: 'x'.repeat(9000), password: 'x' }
    const headers = { 'X-Service-Method': 'login' }
    assertRefused(await world.rest(anonymous, 'POST', '/authentication/1', { body: login }), { code: 'PAYLOAD_TOO_LARGE' }) // prettier-ignore
    assertRefused(await world.rest(anonymous, 'POST', '/auth/1', { body: login, headers }), { code: 'PAYLOAD_TOO_LARGE' }) // prettier-ignore
    const body = { strategy: 'local', email: owner.email, password: PASSWORD }
    const refused = await world.rest(anonymous, 'POST', '/authentication/1', { body })
    assertRefused(refused, { code: 'METHOD_NOT_ALLOWED' })
    assert.equal(refused.headers.get('allow'), 'DELETE, OPTIONS')
    const named = await world.rest(anonymous, 'POST', '/auth/1', { body: { ...body, strategy: undefined }, headers }) // prettier-ignore
    assert.equal(named.status, 404)
    assert.equal((await world.rest(anonymous, 'POST', '/authentication', { body })).status, 201)
  })

  it('are looked at before a byte of the body is read', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 1e12, Expect: '100-continue' }
    const request = http.request(`${world.url}/api/v1/auth/login`, { method: 'POST', headers })
    request.flushHeaders()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    assert.deepEqual([response.statusCode, response.headers.connection], [413, 'close'])
    request.destroy()
  })
})

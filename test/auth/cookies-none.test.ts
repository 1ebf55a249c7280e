import assert from 'node:assert/strict'
import type { World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { APP, EVIL } from './cookies-stage'

describe('without cookies', () => {
  let world: World
  before(async () => {
    world = await startWorld({ settings: { allowed_origins: [APP] } })
  })
  after(() => world?.close())

  it('none is set, and none counts', async () => {
    const owner = await world.register('owner')
    const { headers, body } = await world.rest(anonymous, 'POST', '/auth/login', {
      body: { email: owner.email, password: PASSWORD }
    })
    assert.deepEqual(headers.getSetCookie(), [])
    assert.ok(body.refresh_token)
    assert.equal('csrf_token' in body, false)
    const Cookie = `__Host-access_token=${owner.token}; __Host-refresh_token=${owner.refresh_token}`
    assertRefused(await world.rest(anonymous, 'GET', '/auth/me', { headers: { Cookie } }), {
      code: 'NOT_AUTHENTICATED'
    })
    assertRefused(await world.rest(anonymous, 'POST', '/auth/refresh', { body: {}, headers: { Cookie } }), {
      code: 'VALIDATION_ERROR',
      field: 'refresh_token'
    })
    assertRefused(await world.rest(anonymous, 'GET', '/auth/csrf', { headers: { Cookie } }), {
      code: 'NO_SUCH_PATH'
    })
    const { status } = await world.rest(owner, 'POST', '/tasks', {
      body: { title: 'x' },
      headers: { Cookie, Origin: EVIL }
    })
    assert.equal(status, 201)
  })

  it('a browser is told of no credentials for an origin that is not listed', async () => {
    const { headers } = await world.rest(anonymous, 'GET', '/products', { headers: { Origin: EVIL } })
    assert.equal(headers.get('access-control-allow-origin'), null)
  })

  it('they do not go with every origin', async () => {
    const settings = { auth: { cookies: { enabled: true } }, allowed_origins: ['*'] }
    await assert.rejects(startWorld({ settings }), /allowed_origins to list/)
    for (const origin of ['null', 'app.example.com', `${APP}/`, 'https://App.example.com', `${APP}/x`])
      await assert.rejects(startWorld({ settings: { allowed_origins: [origin] } }), /allowed_origins holds/)
  })
})

import assert from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync } from 'crypto'
import { once } from 'events'
import jwt from 'jsonwebtoken'
import { io } from 'socket.io-client'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, Listener, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused, bearer, send } from '../input/contract'

const SECRET = 'a secret of the tests, 32 characters or more'
const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 })
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const hmac = (text: string, key: string, hash = 'sha256') =>
  createHmac(hash, key).update(text).digest('base64url')
/** A token as an attacker writes it: jsonwebtoken would refuse most of these. */
const signed = (header: unknown, payload: unknown, key = SECRET, hash = 'sha256') => {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${hmac(text, key, hash)}`
}
const now = () => Math.floor(Date.now() / 1000)

describe('tokens', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let claims: Json
  let HS256: Json
  /** The header of the world's own tokens, with something changed. */
  const header = (changes: Json) => ({ ...HS256, ...changes })
  before(async () => {
    world = await startWorld({ settings: { secret_key: SECRET } })
    ;[owner, stranger] = await Promise.all([world.register('owner'), world.register('stranger')])
    claims = jwt.decode(owner.token!) as Json
    HS256 = jwt.decode(owner.token!, { complete: true })!.header
  })
  after(() => world?.close())

  const FORGED: [what: string, token: () => string][] = [
    ['alg none', () => `${encode(header({ alg: 'none' }))}.${encode(claims)}.`],
    ['alg NONE with a signature', () => signed(header({ alg: 'NONE' }), claims)],
    ['no alg', () => signed(header({ alg: undefined }), claims)],
    ['alg as a list', () => signed(header({ alg: ['HS256'] }), claims)],
    ['HS512 with the right key', () => signed(header({ alg: 'HS512' }), claims, SECRET, 'sha512')],
    ['HS384 with the right key', () => signed(header({ alg: 'HS384' }), claims, SECRET, 'sha384')],
    ['another key', () => signed(HS256, claims, 'another secret, also 32 characters long')],
    ['the development key', () => signed(HS256, claims, 'development-only-secret-do-not-use-in-production')],
    ['an empty key', () => signed(HS256, claims, '')],
    ['RS256', () => {
      const text = `${encode(header({ alg: 'RS256' }))}.${encode(claims)}`
      return `${text}.${createSign('sha256').update(text).sign(KEYS.privateKey, 'base64url')}`
    }],
    ['an extension that must be understood', () => signed(header({ crit: ['exp'] }), claims)],
    ['no extension, said so', () => signed(header({ crit: [] }), claims)],
    ['no kid', () => signed(header({ kid: undefined }), claims)],
    ['an unknown kid', () => signed(header({ kid: 'another' }), claims)],
    ['a kid that is a path', () => signed(header({ kid: '../../../dev/null' }), claims, '')],
    ['a kid that every object has', () => signed(header({ kid: 'constructor' }), claims)],
    ['a kid that is a list', () => signed(header({ kid: [HS256.kid] }), claims)],
    ['a key of its own in the header', () => signed(header({ kid: undefined, jwk: { kty: 'oct', k: encode(SECRET) } }), claims)],
    ['no signature', () => owner.token!.replace(/\.[^.]*$/, '.')],
    ['two parts', () => owner.token!.replace(/\.[^.]*$/, '')],
    ['a changed payload', () => [owner.token!.split('.')[0], encode({ ...claims, sub: String(stranger.id) }), owner.token!.split('.')[2]].join('.')],
    ['a payload that is no JSON', () => signed(HS256, 'nonsense')],
    ['a payload that is a list', () => signed(HS256, [])],
    ['a payload that is null', () => signed(HS256, 'null')],
    ['another issuer', () => signed(HS256, { ...claims, iss: 'somebody' })],
    ['no issuer', () => signed(HS256, { ...claims, iss: undefined })],
    ['another audience', () => signed(HS256, { ...claims, aud: 'https://yourdomain.com' })],
    ['no audience', () => signed(HS256, { ...claims, aud: undefined })],
    ['an expired one', () => signed(HS256, { ...claims, exp: now() - 1 })],
    ['exp as a text', () => signed(HS256, { ...claims, exp: String(now() + 900) })],
    ['no exp', () => signed(HS256, { ...claims, exp: undefined })],
    ['exp null', () => signed(HS256, { ...claims, exp: null })],
    ['exp as 1e400', () => signed(HS256, JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e400'))],
    ['no iat', () => signed(HS256, { ...claims, iat: undefined })],
    ['iat as a text', () => signed(HS256, { ...claims, iat: String(claims.iat) })],
    ['nbf as a text', () => signed(HS256, { ...claims, nbf: '0' })],
    ['not valid yet', () => signed(HS256, { ...claims, nbf: now() + 900 })],
    ['an unknown user', () => signed(HS256, { ...claims, sub: '999999' })],
    ['another user in the same session', () => signed(HS256, { ...claims, sub: String(stranger.id) })],
    ['a user that is a number', () => signed(HS256, { ...claims, sub: Number(claims.sub) })],
    ['a user that is an object', () => signed(HS256, { ...claims, sub: { $ne: 0 } })],
    ['no user', () => signed(HS256, { ...claims, sub: undefined })],
    ['an unknown session', () => signed(HS256, { ...claims, sid: '0192f0a0-0000-7000-8000-000000000000' })],
    ['a session that is no uuid', () => signed(HS256, { ...claims, sid: "' or 1=1" })],
    ['a session that is an object', () => signed(HS256, { ...claims, sid: {} })],
    ['another kind', () => signed(HS256, { ...claims, kind: 'admin' })],
    ['a refresh token', () => owner.refresh_token!],
    ['a text', () => 'abc'],
    ['a long text', () => 'a'.repeat(5000)]
  ] // prettier-ignore

  const refresh = (refresh_token: unknown) =>
    world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token } })
  for (const [what, token] of FORGED) {
    it(`refuses ${what}, at every door`, async () => {
      const [forged, socket] = [token(), await world.socket()]
      const headers = bearer(forged)
      for (const path of ['/tasks', '/auth/me', '/products'])
        assertRefused(await world.rest(anonymous, 'GET', path, { headers }), { code: 'INVALID_TOKEN' })
      assertRefused(await world.rest(anonymous, 'POST', '/auth/logout', { headers, body: {} }), {
        code: 'INVALID_TOKEN'
      })
      const answer = await socket.refusal('create', 'authentication', {
        strategy: 'jwt',
        accessToken: forged
      })
      assertError(answer, { code: 'INVALID_TOKEN' })
      assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
      if (forged !== owner.refresh_token) assertRefused(await refresh(forged), { code: 'INVALID_TOKEN' })
    })
  }

  it('reads no refresh token that is longer than a body of auth may be', async () => {
    assertRefused(await refresh('a'.repeat(10_000)), { code: 'PAYLOAD_TOO_LARGE' })
  })

  it('takes the token that all of these were made from', async () => {
    assert.equal(
      (await world.rest(anonymous, 'GET', '/tasks', { headers: bearer(signed(HS256, claims)) })).status,
      200
    )
    assert.equal((await world.rest(owner, 'GET', '/tasks')).status, 200)
  })

  it('an access token refreshes nothing, nor does what is no text', async () => {
    assertRefused(await refresh(owner.token), { code: 'INVALID_TOKEN' })
    for (const token of [null, 7, {}, [], [owner.refresh_token]])
      assertRefused(await refresh(token), { code: 'VALIDATION_ERROR', field: 'refresh_token' })
    for (const more of [{ gen: -1 }, { gen: 0.5 }, { gen: '0' }, { gen: { $gte: 0 } }, { gen: undefined }]) {
      const person = await world.login(owner)
      const forged = signed(HS256, { ...(jwt.decode(person.refresh_token!) as Json), ...more })
      assert.equal((await refresh(forged)).status, 401, JSON.stringify(more))
    }
  })

  it('a token in the query string signs nobody in', async () => {
    for (const name of ['token', 'access_token', 'accessToken', 'authorization', 'jwt']) {
      const query = `${name}=${owner.token}`
      assertRefused(await world.rest(anonymous, 'GET', `/auth/me?${query}`), { code: 'NOT_AUTHENTICATED' })
      assert.ok([400, 401].includes((await world.rest(anonymous, 'GET', `/tasks?${query}`)).status))
      assert.equal((await world.rest(anonymous, 'GET', `/products?${query}`)).status, 400)
      const socket = io(`${world.url}/?${query}`, { transports: ['websocket'], forceNew: true, auth: { [name]: owner.token } }) // prettier-ignore
      await once(socket as never, 'connect')
      assertError(await new Listener(socket).refusal('me', 'auth', {}), { code: 'NOT_AUTHENTICATED' })
      socket.disconnect()
    }
  })

  it('nor does one in the body', async () => {
    const body = { title: 'x', access_token: owner.token }
    assertRefused(await world.rest(anonymous, 'POST', '/tasks', { body }), { code: 'NOT_AUTHENTICATED' })
  })

  describe('Feathers’ own service', () => {
    const create = (body: Json) => world.rest(anonymous, 'POST', '/authentication', { body })
    const local = () => ({ strategy: 'local', email: owner.email, password: PASSWORD })

    it('signs in, knows its token, and signs out, over REST', async () => {
      const { status, body } = await create(local())
      assert.equal(status, 201)
      assert.deepEqual([body.user.id, body.authentication.strategy], [owner.id, 'local'])
      const again = await create({ strategy: 'jwt', accessToken: body.accessToken })
      assert.deepEqual([again.status, again.body.accessToken], [201, body.accessToken])
      assert.equal((await refresh(body.refresh_token)).status, 200)
      const person = { name: 'owner', token: body.accessToken }
      assertRefused(await world.rest(person, 'DELETE', `/authentication/${owner.token}`), {
        code: 'INVALID_TOKEN'
      })
      assert.equal((await world.rest(person, 'DELETE', '/authentication')).status, 200)
      assertRefused(await world.rest(person, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      assertRefused(await world.rest(anonymous, 'DELETE', '/authentication'), { code: 'NOT_AUTHENTICATED' })
    })

    it('and over a socket, which is signed in by either door', async () => {
      for (const door of [['authentication', local()], ['auth', { email: owner.email, password: PASSWORD }]] as const) {
        const socket = await world.socket()
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
        await socket.call(door[0] === 'auth' ? 'login' : 'create', ...door)
        assert.equal((await socket.call('find', 'tasks')).total, 0)
        assert.equal((await socket.call('me', 'auth', {})).id, owner.id)
        if (door[0] === 'auth') await socket.call('logout', 'auth', {})
        else await socket.call('remove', 'authentication', null)
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
      }
    }) // prettier-ignore

    it('and by the official client', async () => {
      const client = await world.client(owner)
      assert.equal((await client.get('authentication')).user.id, owner.id)
      assert.equal((await client.service('tasks').find()).total, 0)
    })

    it('does not say more of an unknown strategy', async () => {
      for (const strategy of ['oauth', 'constructor', '', null, ['local'], {}])
        assertRefused(await create({ ...local(), strategy }), { code: 'NOT_AUTHENTICATED' })
      assertRefused(await create({ ...local(), password: 'another password' }), { code: 'INVALID_LOGIN' })
    })
  })

  it('a handshake may bring the token in its header', async () => {
    const socket = await world.socket(anonymous)
    const { io } = socket.socket
    io.opts.extraHeaders = bearer(owner.token)
    socket.socket.disconnect().connect()
    await once(socket.socket as never, 'connect')
    assert.equal((await socket.call('me', 'auth', {})).id, owner.id)
    assert.equal(
      (await send(world, 'GET', '/api/v1/auth/me', { headers: bearer(owner.token) })).body.id,
      owner.id
    )
  })
})

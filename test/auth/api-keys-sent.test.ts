import assert from 'node:assert/strict'
import { once } from 'node:events'
import { io } from 'socket.io-client'
import type { Json } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'
import { cast, here, withKeys, make, withKey, events } from './api-keys-stage'

describe('API keys', () => {
  withKeys()

  it('what is no key, or another’s secret, is refused alike', async () => {
    const { key } = await make(cast.owner, ['tasks:find'])
    const [, prefix] = key.split('_')
    const wrong = ['', 'x', 'rk_', `rk_${prefix}_`, `rk_${prefix}_${'A'.repeat(43)}`, `rk_${'0'.repeat(16)}_${'A'.repeat(43)}`, `${key} `.repeat(2), key.toUpperCase(), 'x'.repeat(5000)] // prettier-ignore
    const bodies = await Promise.all(wrong.map(async (one) => {
      const answer = await withKey(one, 'GET', '/tasks')
      assertRefused(answer, { code: 'INVALID_API_KEY' })
      const { trace_id: _, ...error } = answer.body.error
      return JSON.stringify(error)
    })) // prettier-ignore
    assert.equal(new Set(bodies).size, 1)
    const socket = await here.socket()
    for (const api_key of [...wrong, null, {}, ['x'], 7, { $ne: null }])
      assertError(await socket.refusal('create', 'authentication', { strategy: 'api_key', api_key }), { code: 'INVALID_API_KEY' }) // prettier-ignore
    assert.ok((await events('api_key_refused')).some(({ details }) => details.reason === 'secret'))
  })

  it('a token and a key in one request are refused, whichever is good', async () => {
    const { key } = await make(cast.owner, ['tasks:find'])
    for (const [token, api] of [[cast.owner.token, key], ['bad', key], [cast.owner.token, 'bad']])
      assertRefused(await here.rest({ name: 'both', token }, 'GET', '/tasks', { headers: { 'X-API-Key': api! } }), { code: 'BAD_REQUEST' }) // prettier-ignore
    const query = await here.rest(anonymous, 'GET', `/tasks?api_key=${key}`)
    assertRefused(query, { code: 'NOT_AUTHENTICATED' })
  })

  it('one credential in both headers is one, as generated clients send it', async () => {
    const { key } = await make(cast.owner, ['tasks:find'])
    const both = (credential: string) =>
      here.rest({ name: 'both', token: credential }, 'GET', '/tasks', {
        headers: { 'X-API-Key': credential }
      })
    assert.equal((await both(key)).status, 200)
    assert.equal((await both(cast.owner.token!)).status, 200)
    assert.equal((await both('nonsense')).status, 401)
  })

  it('signs a socket in by its handshake, and a socket anew by a token', async () => {
    const { key } = await make(cast.owner, ['tasks:create'])
    const connect = (value: string) => io(here.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { 'X-API-Key': value } }) // prettier-ignore
    const socket = connect(key)
    await once(socket as never, 'connect')
    const call = (...args: unknown[]) =>
      new Promise<[Json | null, Json]>((resolve) => socket.emit(args[0] as string, ...args.slice(1), (...answer: unknown[]) => resolve(answer as never))) // prettier-ignore
    assert.equal((await call('create', 'tasks', { title: 'x' }))[0], null)
    assert.equal((await call('find', 'tasks', {}))[0]!.error.code, 'FORBIDDEN')
    await call('create', 'authentication', { strategy: 'jwt', accessToken: cast.owner.token })
    assert.equal((await call('find', 'tasks', {}))[0], null)
    socket.disconnect()
    const bad = connect('rk_bad')
    const [error] = (await once(bad as never, 'connect_error')) as [Error]
    assert.match(error.message, /API key is not valid/)
    bad.disconnect()
    for (const event of ['api_key_used', 'api_key_refused'] as const)
      assert.equal((await events(event)).at(-1)!.address, '127.0.0.1', event)
  })

  it('goes on when a socket is signed out that it had signed in', async () => {
    const { key } = await make(cast.owner, ['tasks:*'])
    const client = await here.client()
    const service = client.service('tasks')
    await client.authenticate({ strategy: 'api_key', api_key: key } as never)
    const { id } = (await service.create({ title: 'Mine' })) as Json
    const lost = new Promise<Json>((resolve) => service.on('removed', (task: Json) => task.id === id && resolve(task))) // prettier-ignore
    await client.logout()
    assert.deepEqual(await lost, { id })
    await assert.rejects(service.find(), { name: 'NotAuthenticated' })
    assert.equal((await withKey(key, 'GET', `/tasks/${id}`)).status, 200)
    assert.equal((await withKey(key, 'DELETE', '/authentication')).status, 401)
  })

  it('of a handshake counts as one that signed in later: what is heard, and that it ends', async () => {
    const { key, id } = await make(cast.owner, ['tasks:find'])
    const socket = io(here.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { 'X-API-Key': key } }) // prettier-ignore
    const heard: string[] = []
    socket.onAny((name: string) => heard.push(name))
    await once(socket as never, 'connect')
    const told = once(socket as never, 'tasks created')
    await here.rest(cast.owner, 'PATCH', `/api-keys/${id}`, { body: { name: 'Heard' } })
    await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Heard' } })
    await told
    assert.deepEqual(heard, ['tasks created'])
    await here.rest(cast.owner, 'POST', `/api-keys/${id}/revoke`, { body: {} })
    await here.settled()
    const witness = await here.socket(cast.owner)
    await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Unheard' } })
    await witness.event('tasks created')
    const [refusal] = await new Promise<[Json]>((resolve) => socket.emit('find', 'tasks', {}, (...answer: unknown[]) => resolve(answer as never))) // prettier-ignore
    assert.equal(refusal.error.code, 'NOT_AUTHENTICATED')
    assert.equal(heard.filter((name) => name === 'tasks created').length, 1)
    socket.disconnect()
  })

  it('notes its use at most once a minute, and not as a change of its rights', async () => {
    const { key, id } = await make(cast.owner, ['tasks:find'])
    await Promise.all(Array.from({ length: 10 }, () => withKey(key, 'GET', '/tasks')))
    const used = () => here.sql('select last_used from api_keys where id = $1', [id])
    while (!(await used())[0]!.last_used) await here.settled()
    const [first] = await used()
    await Promise.all(Array.from({ length: 10 }, () => withKey(key, 'GET', '/tasks')))
    await here.settled()
    assert.deepEqual((await used())[0], first)
    const notes = await here.sql(`select count(*)::int as count from changes where resource = 'api_keys' and record_id = $1`, [id]) // prettier-ignore
    assert.equal(notes[0]!.count, 2)
    assert.equal((await events('api_key_used')).filter(({ details }) => details.key_id === id).length, 1)
  })
})

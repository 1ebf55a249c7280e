import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import { $user, authenticated, defineResource, owner, role, text } from '../../packages/rachis/src/declare'
import type { Json, World } from '../helpers/world'
import { anonymous, Listener } from '../helpers/world'
import { assertValid } from '../compilers/openapi-inspect'
import { badges, seen } from './badges'
import { openStage } from './stage'

const parcels = defineResource('parcels', {
  fields: { title: text(), user_id: owner('users') },
  access: {
    read: [{ user_id: $user.id }, role('admin')],
    create: authenticated,
    update: { user_id: $user.id },
    remove: role('admin')
  }
})

describe('a module of somebody else that says who calls', () => {
  let world: World
  const open: (() => void)[] = []
  before(async () => {
    world = await openStage({ resources: [parcels], modules: [badges] })
    for (const username of ['ann', 'bob'])
      await as('w-1', 'POST', '/users', {
        username,
        email: `${username}@example.com`,
        role: 'user',
        badge: `b-${username}`
      })
  })
  after(async () => {
    for (const end of open) end()
    await world.close()
  })

  const as = (badge: string | undefined, method: string, path: string, body?: object) =>
    world.rest(anonymous, method, path, { body, headers: badge === undefined ? {} : { 'X-Badge': badge } })

  const socketAs = (badge?: string) =>
    new Promise<Listener>((resolve, reject) => {
      const extraHeaders = badge === undefined ? undefined : { 'X-Badge': badge }
      const socket = io(world.url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders
      })
      open.push(() => socket.disconnect())
      const listener = new Listener(socket)
      socket.once('connect', () => resolve(listener)).once('connect_error', reject)
    })

  const document = async () => (await (await fetch(`${world.url}/openapi.json`)).json()) as Json

  it('owns records, reads its own and none of another’s, on REST', async () => {
    const made = await as('b-ann', 'POST', '/parcels', { title: 'Shoes' })
    assert.deepEqual([made.status, made.headers.get('X-Gate')], [201, 'north'])
    const path = `/parcels/${made.body.id}`
    const statuses = await Promise.all(
      ['b-ann', 'b-bob', 'w-1', undefined].map(async (badge) => (await as(badge, 'GET', path)).status)
    )
    assert.deepEqual(statuses, [200, 404, 200, 401])
    assert.equal((await as('b-bob', 'PATCH', path, { title: 'Mine' })).status, 404)
    assert.equal((await as('b-ann', 'DELETE', path)).status, 403)
  })

  it('signs sockets in by their handshake, each told what its user may see', async () => {
    const [ann, bob, nobody] = await Promise.all([socketAs('b-ann'), socketAs('b-bob'), socketAs()])
    const { id } = await ann.call('create', 'parcels', { title: 'Gloves' })
    await ann.event('parcels created', (parcel) => parcel.id === id)
    const refusal = await nobody.refusal('find', 'parcels')
    assert.deepEqual(
      [refusal.error.code, refusal.error.hint],
      ['NOT_AUTHENTICATED', 'Show your badge in the header X-Badge']
    )
    await world.settled()
    assert.deepEqual([await bob.drained(), await nobody.drained()], [[], []])
  })

  it('knows no tickets for streams where it redeems none', async () => {
    const { status, body } = await as('b-ann', 'GET', '/events?ticket=x')
    assert.deepEqual([status, body.error.code, body.error.field], [400, 'BAD_QUERY', 'ticket'])
    assert.equal((await as('b-ann', 'POST', '/events/tickets', {})).status, 404)
  })

  it('refuses a socket whose badge nobody carries', async () => {
    await assert.rejects(
      socketAs('b-cid'),
      (error: { data: Json }) => error.data.error.code === 'BADGE_UNKNOWN'
    )
  })

  it('tells a socket what it may no longer see once its badge is taken away', async () => {
    const path = `/users/${(await as('w-1', 'POST', '/users', { username: 'eve', email: 'eve@example.com', role: 'admin', badge: 'b-eve' })).body.id}`
    const eve = await socketAs('b-eve')
    const { body } = await as('b-ann', 'POST', '/parcels', { title: 'Hat' })
    await eve.event('parcels created', ({ id }) => id === body.id)
    assert.equal((await as('w-1', 'DELETE', path)).status, 200)
    await eve.event('parcels removed', ({ id }) => id === body.id)
    await world.settled()
    const before = await eve.drained()
    await as('b-ann', 'POST', '/parcels', { title: 'Scarf' })
    await world.settled()
    assert.deepEqual(await eve.drained(), before)
  })

  it('has its own errors, guards, hints and challenge', async () => {
    const refused = await as(undefined, 'GET', '/parcels')
    assert.deepEqual([refused.status, refused.headers.get('WWW-Authenticate')], [401, 'X-Badge'])
    assert.equal(refused.body.error.hint, 'Show your badge in the header X-Badge')
    const unknown = await as('b-cid', 'GET', '/parcels')
    assert.deepEqual(
      [unknown.status, unknown.body.error.code, unknown.headers.get('WWW-Authenticate')],
      [401, 'BADGE_UNKNOWN', 'X-Badge']
    )
    const guarded = await as('b-ann', 'POST', '/parcels', { title: 'bomb' })
    assert.deepEqual(
      [guarded.status, guarded.body.error.code, guarded.body.error.field],
      [403, 'GATE_CLOSED', 'title']
    )
  })

  it('is in the document with its scheme, its path and its words', async () => {
    const { info, paths, components } = await document()
    await assertValid((await document()) as never)
    assert.match(info.description, /Show your badge/)
    assert.deepEqual(components.securitySchemes, { badge: { type: 'apiKey', in: 'header', name: 'X-Badge' } })
    assert.deepEqual(paths['/parcels'].post.security, [{ badge: [] }])
    assert.equal(paths['/gate'].get.operationId, 'gate')
    assert.equal(
      components.responses.NotAuthenticated.content['application/json'].examples.NOT_AUTHENTICATED.value.error
        .hint,
      'Show your badge in the header X-Badge'
    )
    const { links } = (await (await fetch(world.url)).json()) as Json
    assert.equal(links.gate, '/api/v1/gate')
    assert.deepEqual((await as(undefined, 'GET', '/gate')).body, { open: true })
  })

  it('is told of changes', async () => {
    await world.settled()
    seen.length = 0
    await as('b-ann', 'POST', '/parcels', { title: 'Belt' })
    await world.settled()
    assert.deepEqual(seen, ['parcels created'])
  })
})

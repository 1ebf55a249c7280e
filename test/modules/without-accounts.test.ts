import assert from 'node:assert/strict'
import { createApp } from '../../packages/rachis/src/create-app'
import {
  $user,
  anyone,
  authenticated,
  defineResource,
  nobody,
  owner,
  password,
  role,
  state,
  text
} from '../../packages/rachis/src/declare'
import { accounts } from '../../packages/rachis/src/accounts'
import { assertValid } from '../compilers/openapi-inspect'
import type { Json, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { openStage } from './stage'

const notices = defineResource('notices', {
  fields: { title: text() },
  access: { read: anyone, create: anyone, remove: nobody },
  audited: { days: 30 }
})

describe('an application without accounts', () => {
  let world: World
  before(async () => {
    world = await openStage({ resources: [notices] })
  })
  after(() => world.close())

  it('serves everybody as anonymous, on REST and on sockets', async () => {
    const listener = await world.socket()
    const made = await world.rest(anonymous, 'POST', '/notices', { body: { title: 'Open today' } })
    assert.equal(made.status, 201)
    assert.equal((await listener.event('notices created')).data.title, 'Open today')
    const bySocket = await listener.call('create', 'notices', { title: 'Closed on Monday' })
    await listener.event('notices created', ({ id }) => id === bySocket.id)
    const { body } = await world.rest(anonymous, 'GET', '/notices?sort=id')
    assert.deepEqual(
      body.data.map(({ title }: { title: string }) => title),
      ['Open today', 'Closed on Monday']
    )
    assert.deepEqual(await listener.told(), ['notices created', 'notices created'])
  })

  it('reads no credential, and refuses nobody for one', async () => {
    const { body } = await world.rest(anonymous, 'POST', '/notices', { body: { title: 'Stays' } })
    const path = `/notices/${body.id}`
    for (const headers of [{ Authorization: 'Bearer x' }, { 'X-API-Key': 'rk_x' }] as Record<
      string,
      string
    >[])
      assert.equal((await world.rest(anonymous, 'GET', path, { headers })).status, 200)
    const removed = await world.rest(anonymous, 'DELETE', path)
    assertRefused(removed, { code: 'NOT_AUTHENTICATED' })
    assert.equal(removed.headers.get('WWW-Authenticate'), null)
    assert.doesNotMatch(removed.body.error.hint, /auth/)
    const { body: history } = await world.rest(anonymous, 'GET', `${path}/history`)
    assert.deepEqual(
      history.data.map(({ event, user_id }: Json) => [event, user_id]),
      [['created', null]]
    )
  })

  it('has none of the paths of accounts, and tells of none', async () => {
    for (const path of ['/authentication', '/auth/login', '/users'])
      assert.equal((await world.rest(anonymous, 'POST', path, { body: {} })).status, 404, path)
    const get = async (path: string) => (await (await fetch(`${world.url}${path}`)).json()) as Json
    const document = await get('/openapi.json')
    assert.deepEqual(
      Object.keys(document.paths).filter((path) => /auth|users|sessions/.test(path)),
      []
    )
    assert.ok('/notices' in document.paths)
    await assertValid(document as never)
    assert.deepEqual(document.components.securitySchemes, {})
    const { code } = document.components.schemas.Error.properties.error.properties
    const ofAccounts = Object.keys(accounts.errors)
    assert.deepEqual(
      (code.enum as string[]).filter((one) => ofAccounts.includes(one)),
      []
    )
    assert.deepEqual(Object.keys((await get('/')).links), [
      'api',
      'docs',
      'redoc',
      'scalar',
      'openapi',
      'asyncapi',
      'health'
    ])
    assert.equal((await get('/health')).status, 'ok')
  })

  it('does not start with what asks for a user, and says which module is missing', () => {
    const list = 'write createApp({ modules: [accounts] })'
    const rows: [spec: object, message: string][] = [
      [{ access: { remove: authenticated } }, 'access.remove asks who calls, and no module says it'],
      [
        { access: { read: [{ title: 'x' }, role('admin')] } },
        'access.read asks who calls, and no module says it'
      ],
      [{ access: { read: { title: $user.username } } }, 'access.read asks who calls'],
      [
        { access: { read: anyone, fields: { title: { write: role('admin') } } } },
        'access.fields.title asks who calls'
      ],
      [
        { fields: { user_id: owner('users') }, access: {} },
        'user_id refers to users, which is not a resource'
      ],
      [
        {
          fields: { status: state('new', 'done'), by: text() },
          access: { read: anyone },
          states: {
            field: 'status',
            transitions: { finish: { from: 'new', to: 'done', access: true, set: { by: $user.username } } }
          }
        },
        'states.transitions.finish.set asks who calls'
      ]
    ]
    for (const [spec, message] of rows) {
      const refused = defineResource('refused', { fields: { title: text() }, ...spec } as never)
      assert.throws(
        () => createApp({ resources: [refused as never] }),
        (error: Error) => error.message.includes(message) && error.message.includes(list),
        message
      )
    }
    const price = { title: { $in: ['$user', '"$user":'] } }
    createApp({
      resources: [defineResource('allowed', { fields: { title: text() }, access: { read: price } })]
    })
  })

  it('does not start with a field of passwords, which nobody would hash', () => {
    const doors = defineResource('doors', {
      fields: { code: password() },
      access: {}
    })
    assert.throws(
      () => createApp({ resources: [doors] }),
      /doors\.code holds passwords, and no module hashes passwords/
    )
  })
})

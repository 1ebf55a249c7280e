import assert from 'node:assert/strict'
import { createApp } from '../../packages/rachis/src/create-app'
import { anyone, authenticated, defineResource, password, text } from '../../packages/rachis/src/declare'
import type { World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { openStage } from './stage'

const notices = defineResource('notices', {
  fields: { title: text() },
  access: { read: anyone, create: anyone, remove: authenticated }
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
    await world.settled()
    assert.deepEqual(
      listener.events.map(({ name }) => name),
      ['notices created', 'notices created']
    )
  })

  it('lets nobody do what asks for a user, whatever credential comes along', async () => {
    const { body } = await world.rest(anonymous, 'POST', '/notices', { body: { title: 'Stays' } })
    const remove = (headers: Record<string, string> = {}) =>
      world.rest(anonymous, 'DELETE', `/notices/${body.id}`, { headers })
    const credentials: Record<string, string>[] = [{}, { Authorization: 'Bearer x' }, { 'X-API-Key': 'rk_x' }]
    for (const headers of credentials) assertRefused(await remove(headers), { code: 'NOT_AUTHENTICATED' })
    const listener = await world.socket()
    const refusal = await listener.refusal('remove', 'notices', body.id)
    assert.equal(refusal.error.code, 'NOT_AUTHENTICATED')
    await world.settled()
    assert.deepEqual(listener.events, [])
    assert.equal((await world.rest(anonymous, 'GET', `/notices/${body.id}`)).status, 200)
  })

  it('has none of the paths of accounts, and tells of none', async () => {
    for (const path of ['/authentication', '/auth/login', '/users'])
      assert.equal((await world.rest(anonymous, 'POST', path, { body: {} })).status, 404, path)
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as { paths: object }
    assert.deepEqual(
      Object.keys(document.paths).filter((path) => /auth|users|sessions/.test(path)),
      []
    )
    assert.ok('/notices' in document.paths)
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

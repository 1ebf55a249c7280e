import assert from 'node:assert/strict'
import type { Json, Listener, Person } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'
import { cast, here, there, withKeys, make, withKey, socketOf, settled, events } from './api-keys-stage'

describe('API keys', () => {
  withKeys()

  describe('ends at once, on all processes and on open sockets', () => {
    interface Scene {
      person: Person
      record: Json
      key: string
      sockets: Listener[]
      witness: Listener
    }
    let count = 0
    const scene = async (more: Json = {}): Promise<Scene> => {
      const person = await here.register(`keeper${++count}`)
      const { key, ...record } = await make(person, ['tasks:*'], more)
      const sockets = await Promise.all([socketOf(key, here), socketOf(key, there)])
      for (const world of [here, there]) assert.equal((await withKey(key, 'GET', '/tasks', undefined, world)).status, 200) // prettier-ignore

      return { person, record, key, sockets, witness: await there.socket(person) }
    }
    const assertEnded = async ({ person, key, sockets, witness }: Scene, isHeard = true) => {
      await settled()
      for (const world of [here, there])
        assertRefused(await withKey(key, 'GET', '/tasks', undefined, world), { code: 'INVALID_API_KEY' })
      for (const socket of sockets) socket.forget()
      await here.app.service('tasks').create({ title: 'Private', user_id: person.id } as never)
      if (isHeard) await witness.event('tasks created')
      await settled()
      for (const socket of sockets) {
        assert.deepEqual(await socket.drained(), [])
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
      }
    }

    it('when it is revoked', async () => {
      const story = await scene()
      const { person, record } = story
      assert.ok(
        (await here.rest(person, 'POST', `/api-keys/${record.id}/revoke`, { body: {} })).body.revoked_at
      )
      await assertEnded(story)
      const [event] = (await events('api_key_revoked')).filter(({ details }) => details.key_id === record.id)
      assert.equal(event!.user_id, String(person.id))
    })

    it('when an administrator revokes it', async () => {
      const story = await scene()
      await there.rest(cast.admin, 'POST', `/api-keys/${story.record.id}/revoke`, { body: {} })
      await assertEnded(story)
    })

    it('when it is deleted, or expires, by SQL', async () => {
      for (const sql of [
        'delete from api_keys where id = $1',
        'update api_keys set expires_at = now() where id = $1'
      ]) {
        const story = await scene()
        await here.sql(sql, [story.record.id])
        await assertEnded(story)
      }
    })

    it('when its owner is switched off', async () => {
      const story = await scene()
      await here.rest(cast.admin, 'PATCH', `/users/${story.person.id}`, { body: { is_active: false } })
      await assertEnded(story, false)
    })

    /** A key that is good for some seconds: for more, where that is over before a busy machine has its sockets signed in. */
    const expiring = (seconds: number): Promise<Scene> =>
      scene({ expires_at: new Date(Date.now() + 1000 * seconds).toISOString() }).catch(() =>
        expiring(2 * seconds)
      )

    it('when it expires: its sockets are told, and hear no more', async () => {
      const { person, key, sockets, witness } = await expiring(1.5)
      await Promise.all(sockets.map((socket) => socket.event('token_expired')))
      while ((await withKey(key, 'GET', '/tasks')).status === 200) await here.settled()
      for (const world of [here, there])
        assertRefused(await withKey(key, 'GET', '/tasks', undefined, world), { code: 'INVALID_API_KEY' })
      await here.app.service('tasks').create({ title: 'Private', user_id: person.id } as never)
      await witness.event('tasks created')
      await settled()
      for (const socket of sockets) {
        assertError(await socket.refusal('find', 'tasks'), { code: 'INVALID_API_KEY' })
        assert.ok(!socket.events.some(({ name }) => name === 'tasks created'))
      }
    })

    it('and a revocation is not undone by a call that began before it', async () => {
      const { person, record, key } = await scene()
      const [revoked] = await Promise.all([
        here.rest(person, 'POST', `/api-keys/${record.id}/revoke`, { body: {} }),
        ...Array.from({ length: 20 }, () => withKey(key, 'GET', '/tasks'))
      ])
      assert.equal(revoked!.status, 200)
      await here.settled()
      assertRefused(await withKey(key, 'GET', '/tasks'), { code: 'INVALID_API_KEY' })
    })
  })

  it('a key that may read less than before is told so, and nobody else is cut', async () => {
    const { key, id } = await make(cast.owner, ['tasks:*', 'categories:find'])
    const [robot, owner] = await Promise.all([socketOf(key), here.socket(cast.owner)])
    const { body: task } = await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Seen' } })
    await robot.event('tasks created', (data) => data.id === task.id)
    const narrow = `update api_keys set permissions = '{categories:find}' where id = ${id}`
    await here.sql(`with narrowed as (${narrow}) update tasks set title = 'Unseen' where id = ${task.id}`)
    await owner.event('tasks patched', (data) => data.id === task.id)
    await robot.event('tasks removed', (data) => data.id === task.id)
    await settled()
    await robot.call('find', 'categories', { $limit: 0 })
    assert.ok(!robot.events.some(({ data }) => data.title === 'Unseen'))
  })

  it('are made and revoked by as many at once as like to, with few connections to the database', async () => {
    const small = await startWorld({ database: here.database, settings: { database: { pool_max: 2 } } })
    const body = { name: 'Many', permissions: ['tasks:find'] }
    const all = <T>(work: (n: number) => Promise<T>) =>
      Promise.all(Array.from({ length: 8 }, (_, n) => work(n)))
    const made = await all(() => small.rest(cast.owner, 'POST', '/api-keys', { body }))
    assert.deepEqual(new Set(made.map(({ status }) => status)), new Set([201]))
    const ended = await all((n) => small.rest(cast.owner, 'POST', `/api-keys/${made[n]!.body.id}/revoke`))
    assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set([200]))
    await small.close(true)
  })

  it('a role that its owner loses, the key loses', async () => {
    const admin = await here.register('deposed', { role: 'admin' })
    const { key } = await make(admin, ['users:by_role', 'users:find'])
    assert.equal((await withKey(key, 'GET', '/users/role/user')).status, 200)
    await here.rest(cast.admin, 'PATCH', `/users/${admin.id}`, { body: { role: 'user' } })
    await here.settled()
    assertRefused(await withKey(key, 'GET', '/users/role/user'), { code: 'FORBIDDEN' })
  })
})

import assert from 'node:assert/strict'
import { MemoryStorage } from '@feathersjs/authentication-client'
import { Conflict, Forbidden, NotAuthenticated, NotFound, Unprocessable } from '@feathersjs/errors'
import type { Socket } from 'socket.io-client'
import { $user, authenticated, defineResource, owner, text, Type } from '../packages/rachis/src/declare'
import type { Client } from './helpers/clients'
import { Clients } from './helpers/clients'
import type { Json, World } from './helpers/world'
import { startWorld } from './helpers/world'

/** One custom method of each kind, beside the transitions of tasks. */
const notes = defineResource('notes', {
  fields: { body: text({ minLength: 1 }), user_id: owner('users') },
  access: { read: { user_id: $user.id }, create: authenticated },
  actions: {
    shout: {
      access: { user_id: $user.id },
      input: Type.Object({ mark: Type.String() }, { additionalProperties: false }),
      run: async ({ mark }, { record, table }) =>
        void (await table().where('id', record.id).update('body', `${record.body}${mark}`))
    }
  },
  reports: {
    length: {
      access: authenticated,
      input: Type.Object({ least: Type.Integer() }, { additionalProperties: false }),
      output: Type.Object({ notes: Type.Integer() }),
      run: async ({ least }, { table }) => ({
        notes: (await table().whereRaw('char_length(body) >= ?', [least])).length
      })
    }
  }
})

describe('the official Feathers clients', () => {
  let world: World
  const clients = new Clients(() => world, {
    auth: ['register', 'login', 'refresh', 'logout', 'me'],
    tasks: ['start', 'complete', 'cancel'],
    notes: ['shout', 'length']
  })
  const connect: Clients['connect'] = (...args) => clients.connect(...args)
  const signedIn: Clients['signedIn'] = (...args) => clients.signedIn(...args)
  const person = () => clients.person()
  before(async () => void (world = await startWorld({ resources: [notes] })))
  after(async () => {
    clients.close()
    await world.close()
  })

  const refusal = async (call: Promise<unknown>): Promise<any> =>
    call.then(
      (result) => assert.fail(`expected a refusal, got ${JSON.stringify(result)}`),
      (error: unknown) => error
    )

  for (const transport of ['rest', 'socket'] as const) {
    describe(`over ${transport}`, () => {
      it('register, sign in, stay signed in by the stored token, and sign out', async () => {
        const storage = new MemoryStorage()
        const client = connect(transport, storage)
        const someone = person()
        const registered = await client.service('auth').register(someone)
        assert.equal(registered.user.email, someone.email)
        assert.ok(registered.access_token && registered.refresh_token)
        const wrong = await refusal(
          client.authenticate({ strategy: 'local', ...someone, password: 'not-the-one' })
        )
        assert.ok(wrong instanceof NotAuthenticated)
        assert.equal((wrong as Json).error.code, 'INVALID_LOGIN')

        const { user, accessToken } = await client.authenticate({ strategy: 'local', ...someone })
        assert.deepEqual({ id: user.id, role: user.role }, { id: registered.user.id, role: 'user' })
        assert.ok(!('password' in user))
        assert.equal((await client.service('auth').me({})).id, user.id)

        const again = connect(transport, storage)
        const known = await again.reAuthenticate()
        assert.deepEqual({ id: known.user.id, token: known.accessToken }, { id: user.id, token: accessToken })
        assert.equal((await again.service('tasks').find()).total, 0)

        await again.logout()
        const after = await refusal(again.service('tasks').find())
        assert.ok(after instanceof NotAuthenticated)
        const stale = await refusal(client.service('tasks').find())
        assert.ok(stale instanceof NotAuthenticated, 'the token is revoked for every client that holds it')
        assert.ok((await refusal(connect(transport, storage).reAuthenticate())) instanceof NotAuthenticated)
      })

      it('run every method of a service', async () => {
        const [client, user] = await signedIn(transport)
        const tasks = client.service('tasks')
        const created = await tasks.create({ title: 'Tea', due_date: '2026-01-31T12:00:00Z' })
        assert.deepEqual(
          { title: created.title, status: created.status, user_id: created.user_id, due: created.due_date },
          { title: 'Tea', status: 'pending', user_id: user.id, due: '2026-01-31T12:00:00.000Z' }
        )
        const [, second] = await tasks.create([{ title: 'Cups' }, { title: 'Pot', priority: 'high' }])
        assert.deepEqual(await tasks.get(created.id), created)
        assert.deepEqual(Object.keys(await tasks.get(created.id, { query: { $select: ['title'] } })).sort(), ['id', 'title']) // prettier-ignore
        const query = {
          $sort: { title: -1 }, $limit: 2, $skip: 1, priority: { $in: ['high', 'medium'] }, $or: [{ title: 'Tea' }, { title: { $ne: 'Tea' } }]
        } // prettier-ignore
        const page = await tasks.find({ query })
        assert.deepEqual(
          { ...page, data: page.data.map(({ title }: Json) => title) },
          { total: 3, limit: 2, skip: 1, data: ['Pot', 'Cups'] }
        )
        assert.equal((await tasks.patch(created.id, { description: 'Green' })).description, 'Green')
        const replaced = await tasks.update(created.id, { title: 'Coffee' })
        assert.deepEqual([replaced.title, replaced.description], ['Coffee', null])
        assert.equal((await tasks.remove(second.id)).title, 'Pot')
        assert.equal((await tasks.find({ query: { $limit: 0 } })).total, 2)
      })

      it('run transitions, actions and reports by their names', async () => {
        const [client, user] = await signedIn(transport)
        const tasks = client.service('tasks')
        const { id } = await tasks.create({ title: 'Steps' })
        assert.equal((await tasks.start({ id })).status, 'in_progress')
        assert.equal((await tasks.complete({ id })).status, 'completed')
        const late = await refusal(tasks.cancel({ id }))
        assert.ok(late instanceof Conflict)
        assert.equal((late as Json).error.code, 'STATE_CONFLICT')

        const note = await client.service('notes').create({ body: 'hey' })
        const shouted = await client.service('notes').shout({ id: note.id, mark: '!' })
        assert.deepEqual([shouted.body, shouted.user_id], ['hey!', user.id])
        const { notes: long } = await client.service('notes').length({ least: 4 })
        assert.ok(long >= 1)
        const wrong = await refusal(client.service('notes').length({ least: 'four' }))
        assert.equal(wrong.error.field, 'least')
      })

      it('rebuild errors as the classes of Feathers, with our own code, field and trace id', async () => {
        const [client] = await signedIn(transport)
        const [other] = await signedIn(transport)
        const { id } = await other.service('tasks').create({ title: 'Not yours' })
        const users = client.service('users')
        const cases: [() => Promise<unknown>, new (...args: any[]) => Error, number, string][] = [
          [() => client.service('tasks').get(id), NotFound, 404, 'NOT_FOUND'],
          [() => client.service('tasks').create({ title: '' }), Unprocessable, 422, 'VALIDATION_ERROR'],
          [() => client.service('products').create({ name: 'x' }), Forbidden, 403, 'FORBIDDEN'],
          [() => connect(transport).service('tasks').find(), NotAuthenticated, 401, 'NOT_AUTHENTICATED'],
          [() => users.create({ ...person(), email: 'CLIENT1@example.com' }), Conflict, 409, 'DUPLICATE']
        ]
        for (const [call, ErrorClass, code, own] of cases) {
          const error = await refusal(call())
          assert.ok(error instanceof ErrorClass, `${own}: ${error.name}`)
          assert.deepEqual([(error as Json).code, (error as Json).error.code], [code, own])
          assert.match((error as Json).error.trace_id, /^[\w-]{36}$/)
          assert.equal((error as Json).success, false)
        }
        const { error, className, message } = await refusal(client.service('tasks').create({ title: 7 }))
        assert.deepEqual([className, error.field, error.details[0].rule], ['unprocessable', 'title', 'type'])
        assert.equal(message, error.message)
        const unknown = await refusal(client.service('tasks').find({ query: { titel: 'x' } }))
        assert.deepEqual([unknown.code, unknown.error.code], [400, 'BAD_QUERY'])
        const missing = await refusal(client.service('nothing').find())
        assert.deepEqual([missing.code, missing.error.code], [404, 'NO_SUCH_PATH'])
      })
    })
  }

  it('REST: the method header names custom methods only, and a token of another form is refused', async () => {
    const [client] = await signedIn('rest')
    const { accessToken } = await client.get('authentication')
    const post = (method: string, headers: Record<string, string> = {}) =>
      fetch(`${world.url}/api/v1/tasks`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${accessToken}`, 'X-Service-Method': method, ...headers }
      })
    for (const method of ['find', 'remove', 'create', '_find', 'constructor', 'setup', 'nothing'])
      assert.equal((await post(method)).status, 405, method)
    assert.equal((await post('complete', { Authorization: 'Bearer nonsense' })).status, 401)
  })

  describe('live, over a socket', () => {
    /** The titles that a client was told of, by event, and a way to know that nothing more is on its way. */
    const listen = (client: Client) => {
      const events: string[] = []
      for (const name of ['created', 'updated', 'patched', 'removed', 'complete'])
        client
          .service('tasks')
          .on(name, ({ title, status }: Json) => events.push(`${name} ${title ?? status ?? 'gone'}`))
      const settled = async () => {
        await world.settled()
        await client.service('products').find({ query: { $limit: 0 } })
        return events
      }

      return { events, settled }
    }

    it('tells of every change, and of an action by its own name as well', async () => {
      const [client] = await signedIn('socket')
      const { settled } = listen(client)
      const tasks = client.service('tasks')
      const { id } = await tasks.create({ title: 'One' })
      await tasks.patch(id, { title: 'Two' })
      await tasks.update(id, { title: 'Three' })
      await tasks.complete({ id })
      await tasks.remove(id)
      assert.deepEqual(await settled(), [
        'created One', 'patched Two', 'updated Three', 'patched Three', 'complete Three', 'removed Three'
      ]) // prettier-ignore
    })

    it('is silent after sign-out, and live again after signing in on the same connection', async () => {
      const someone = person()
      const [client] = await signedIn('socket', someone)
      const [other] = await signedIn('rest', person())
      const writer = connect('rest')
      await writer.authenticate({ strategy: 'local', ...someone })
      const { events, settled } = listen(client)
      await writer.service('tasks').create({ title: 'Heard' })
      assert.deepEqual(await settled(), ['created Heard'])
      const before = client.io!.id
      await client.logout()
      await writer.service('tasks').create({ title: 'Unheard' })
      await settled()
      assert.ok(!events.some((event) => /Unheard/.test(event)), events.join())
      assert.ok((await refusal(client.service('tasks').find())) instanceof NotAuthenticated)

      events.length = 0
      const { user } = await client.authenticate({ strategy: 'local', ...someone })
      assert.equal(user.email, someone.email)
      assert.equal(client.io!.id, before, 'the same connection')
      assert.equal((await client.service('tasks').find()).total, 2)
      await other.service('tasks').create({ title: 'Not mine' })
      await writer.service('tasks').create({ title: 'Heard again' })
      assert.deepEqual(await settled(), ['created Heard again'])
    })

    it('is live for whoever signs in without waiting for the sign-out before', async () => {
      const someone = person()
      const [client] = await signedIn('socket', someone)
      const { events, settled } = listen(client)
      for (let round = 0; round < 12; round++) {
        const { accessToken } = await connect('rest').authenticate({ strategy: 'local', ...someone })
        const out = new Promise((resolve) => client.io!.emit('remove', 'authentication', null, {}, resolve))
        await new Promise((resolve) => setTimeout(resolve, round % 4))
        await client.authenticate({ strategy: 'jwt', accessToken })
        assert.equal(await out, null)
        await settled()
        events.length = 0
        await client.service('tasks').create({ title: `Round ${round}` })
        assert.deepEqual(await settled(), [`created Round ${round}`])
      }
    })

    it('survives signing out and in again at once, and signing in as somebody else', async () => {
      const [first, second] = [person(), person()]
      const [client] = await signedIn('socket', first)
      const [writer] = await signedIn('rest', second)
      const { events, settled } = listen(client)
      for (const someone of [first, first, second]) {
        await client.logout()
        await client.authenticate({ strategy: 'local', ...someone })
      }
      await settled()
      events.length = 0
      await client.service('tasks').create({ title: 'As the second' })
      await writer.service('tasks').create({ title: 'By the second' })
      assert.deepEqual(await settled(), ['created As the second', 'created By the second'])
    })

    it('signs in by itself after the connection was lost', async () => {
      const someone = person()
      const [client] = await signedIn('socket', someone)
      const { settled } = listen(client)
      const [lost, signedInAgain] = [
        new Promise((resolve) => client.io!.once('disconnect', resolve)),
        new Promise((resolve) => client.once('login', resolve))
      ]
      client.io!.io.engine.close()
      await lost
      await signedInAgain
      await client.service('tasks').create({ title: 'Back' })
      assert.deepEqual(await settled(), ['created Back'])
    })

    it('may bring its token in the handshake, and is told where it is no good', async () => {
      const [client] = await signedIn('rest')
      const { accessToken } = await client.get('authentication')
      const open = (token: string) => {
        const extraHeaders = { Authorization: `Bearer ${token}` }
        const socket = clients.socket({ reconnection: false, extraHeaders })
        return new Promise<Socket | Error>((resolve) =>
          socket.once('connect', () => resolve(socket)).once('connect_error', resolve)
        )
      }
      const socket = (await open(accessToken)) as Socket
      const told = new Promise<Json>((resolve) => socket.once('tasks created', resolve))
      await client.service('tasks').create({ title: 'By handshake' })
      assert.equal((await told).title, 'By handshake')
      assert.match(((await open('nonsense')) as Error).message, /token/)
    })
  })
})

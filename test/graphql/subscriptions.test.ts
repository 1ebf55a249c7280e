import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { authorization, graphqlAt } from './ask'

interface Client {
  iterate(payload: { query: string; variables?: Json }): AsyncIterableIterator<any>
  dispose(): unknown
}
const overEvents = (world: World, person: Person): Client =>
  createSseClient({ url: graphqlAt(world), headers: authorization(person), retryAttempts: 0 }) as never
const overWebsockets = (world: World, person: Person): Client =>
  createWsClient({ url: graphqlAt(world).replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: authorization(person), retryAttempts: 0 }) as never // prettier-ignore

const TASKS = 'subscription ($filter: TaskFilter, $after: String) { tasks(filter: $filter, after: $after) { event position tx reason record { id title status } } }' // prettier-ignore

describe('subscriptions of GraphQL', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
  })
  after(() => world.close())

  const create = async (title: string, person = cast.owner): Promise<number> =>
    (await world.rest(person, 'POST', '/tasks', { body: { title } })).body.id

  for (const [name, open] of [
    ['server-sent events', overEvents],
    ['websockets', overWebsockets]
  ] as const)
    // prettier-ignore
    describe(`over ${name}`, () => {
      const clients: Client[] = []
      afterEach(() => {
        for (const client of clients.splice(0)) client.dispose()
      })

      /** A subscription that has begun. `until` reads events up to one that fits; notices of the subscription itself are left out. */
      const subscribe = async (person: Person, variables: Json = {}, query = TASKS) => {
        await world.settled()
        const client = open(world, person)
        clients.push(client)
        const events = client.iterate({ query, variables })
        const first = (await events.next()).value
        assert.equal(first.data?.tasks.event, 'hello', JSON.stringify(first))
        const until = async (fits: (event: Json) => boolean): Promise<Json[]> => {
          const seen: Json[] = []
          for (;;) {
            const { value, done } = await events.next()
            assert.ok(!done, JSON.stringify(seen))
            const event = value.data.tasks as Json
            if (event.event !== 'synced' || fits(event)) seen.push(event)
            if (fits(event)) return seen
          }
        }

        return { hello: first.data.tasks as Json, until, events }
      }

      it('tell of the same events by the rights of their reader', async () => {
        const [own, others] = [await subscribe(cast.owner), await subscribe(cast.stranger)]
        const hidden = await create('not for the owner', cast.stranger)
        const id = await create('told')
        await world.rest(cast.owner, 'POST', `/tasks/${id}/start`)
        await world.rest(cast.owner, 'DELETE', `/tasks/${id}`)
        const told = await own.until(({ event }) => event === 'removed')
        assert.deepEqual(told.map(({ event, record }) => [event, record.id, record.status]), [['created', id, 'pending'], ['patched', id, 'in_progress'], ['start', id, 'in_progress'], ['removed', id, told.at(-1)!.record.status]]) // prettier-ignore
        // Of one change that makes several events only the last says a position.
        assert.deepEqual(told.map(({ position }) => position !== null), [true, false, true, true])
        assert.ok(told.every(({ tx }) => typeof tx === 'string'))
        const last = await create('the last one', cast.stranger)
        const seen = await others.until(({ record }) => record?.id === last)
        assert.deepEqual(seen.map(({ record }) => record.id), [hidden, last])
      })

      it('tell only of what a filter finds', async () => {
        const some = await subscribe(cast.owner, { filter: { title: { in: ['wanted', 'last'] } } })
        await create('unwanted')
        await create('wanted')
        await create('last')
        const told = await some.until(({ record }) => record?.title === 'last')
        assert.deepEqual(told.map(({ record }) => record.title), ['wanted', 'last'])
      })

      it('go on from a position, and tell what was missed once', async () => {
        const first = await subscribe(cast.owner)
        await create('before the cut')
        const [{ position }] = (await first.until(({ event }) => event === 'created')) as [Json]
        await first.events.return!()
        await create('missed')
        await create('for somebody else', cast.stranger)
        const again = await subscribe(cast.owner, { after: position })
        await create('after the cut')
        const told = await again.until(({ record }) => record?.title === 'after the cut')
        assert.deepEqual(told.map(({ record }) => record.title), ['missed', 'after the cut'])
      })

      it('refuse who may not read, and what cannot be asked of a change', async () => {
        const refusalOf = async (person: Person, query: string) => {
          const client = open(world, person)
          clients.push(client)
          const found = await client.iterate({ query }).next().then(({ value }) => value.errors, (errors: unknown) => errors) // prettier-ignore
          return (found as Json[])[0]!.extensions.code
        }
        const plain = 'subscription { tasks { event } }'
        assert.equal(await refusalOf(anonymous, plain), 'NOT_AUTHENTICATED')
        assert.equal(await refusalOf({ name: 'nobody', token: 'a.b.c' }, plain), 'INVALID_TOKEN')
        assert.equal(await refusalOf(cast.owner, 'subscription { tasks(filter: { title: { gt: "a" } }) { event } }'), 'NOT_SUBSCRIBABLE') // prettier-ignore
        assert.equal(await refusalOf(cast.owner, 'subscription { nope { event } }'), 'INVALID_DOCUMENT')
      })

      it('answer queries and mutations as well', async () => {
        const client = open(world, cast.owner)
        clients.push(client)
        const { value } = await client.iterate({ query: 'mutation { tasks_create(data: { title: "by socket" }) { title } }' }).next() // prettier-ignore
        assert.deepEqual(value.data, { tasks_create: { title: 'by socket' } })
      })
    })

  it('end with the session of their reader, of whose records they tell no more', async () => {
    const reader = await world.login(cast.owner)
    const client = overWebsockets(world, reader)
    const seen: Json[] = []
    const events = client.iterate({ query: TASKS })
    assert.equal((await events.next()).value.data.tasks.event, 'hello')
    const titles = () => seen.map(({ record }) => record?.title)
    const told = new EventEmitter()
    const all = (async () => {
      for await (const { data } of events) told.emit('event', seen.push(data.tasks))
    })()
    await create('before the end')
    while (!titles().includes('before the end')) await once(told, 'event')
    await world.rest(reader, 'POST', '/auth/logout', { body: {} })
    await world.settled()
    await create('after the end')
    await world.settled()
    // Its answer comes behind whatever was told on the same socket.
    const { value } = await client.iterate({ query: '{ tasks_find { totalCount } }' }).next()
    assert.equal(value.errors[0].extensions.code, 'INVALID_TOKEN')
    assert.ok(!titles().includes('after the end'), JSON.stringify(titles()))
    client.dispose()
    await all.catch(() => undefined)
  })
})

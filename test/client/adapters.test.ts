import assert from 'node:assert/strict'
import { createCollection } from '@tanstack/db'
import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { useLive } from '../../packages/rachis/src/client/react'
import { rachisCollectionOptions } from '../../packages/rachis/src/client/tanstack-db'
import { liveQueryOptions } from '../../packages/rachis/src/client/tanstack-query'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { ShopClient } from './stage'
import { Stage, until } from './stage'

describe('the adapters of the client', function () {
  this.timeout(30_000)
  let world: World
  let owner: Person
  let client: ShopClient
  const stage = new Stage()
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
  })
  beforeEach(async () => {
    client = await stage.signedIn(world.url, owner, {})
  })
  afterEach(async () => {
    stage.close()
    await world.sql('delete from tasks')
    await world.settled()
  })
  after(() => world?.close())
  const add = (title: string) => world.sql('insert into tasks (title, user_id) values ($1, $2)', [title, owner.id]) // prettier-ignore

  describe('TanStack Query', () => {
    it('keeps a query up to date, and ends its list with the query', async () => {
      await add('a')
      const queries = new QueryClient()
      const options = liveQueryOptions(client, 'tasks', { status: 'pending', $sort: { id: 1 } })
      const observer = new QueryObserver(queries, options)
      const shows = (...expected: string[]) =>
        new Promise<void>((resolve) => {
          const stop = observer.subscribe(({ data }) => {
            if (data?.map(({ title }) => title).join() !== expected.join()) return
            queueMicrotask(() => stop())
            resolve()
          })
        })
      await shows('a')
      const [first] = observer.getCurrentResult().data!
      await Promise.all([shows('a', 'b'), add('b')])
      assert.equal(observer.getCurrentResult().data![0], first)
      queries.clear()
      await until(client.live('tasks', { title: 'none' }), (_data, status) => status === 'live')
    })

    it('fails where the server refuses the list', async () => {
      const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
      const options = liveQueryOptions(client, 'tasks', { title: { $gt: 'm' } })
      await assert.rejects(queries.fetchQuery(options), { code: 'NOT_SUBSCRIBABLE' })
    })
  })

  describe('TanStack DB', () => {
    const open = () =>
      createCollection(rachisCollectionOptions({ client, service: 'tasks', query: { $sort: { id: 1 } } }))
    const titles = (tasks: ReturnType<typeof open>) => tasks.toArray.map(({ title }) => title).sort().join() // prettier-ignore
    const shows = (tasks: ReturnType<typeof open>, expected: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (titles(tasks) !== expected) return
          resolve()
        }
        // A subscriber is told of the removal of what it was sent only.
        tasks.subscribeChanges(look, { includeInitialState: true })
        look()
      })

    it('follows what happens', async () => {
      await add('a')
      const tasks = open()
      await tasks.preload()
      assert.equal(titles(tasks), 'a')
      await add('b')
      await shows(tasks, 'a,b')
      await world.sql(`delete from tasks where title = 'a'`)
      await shows(tasks, 'b')
      await tasks.cleanup()
    })

    it('writes through the service, and shows what is written until the feed has passed it', async () => {
      const tasks = open()
      await tasks.preload()
      const seen = new Set<string>()
      tasks.subscribeChanges(() => seen.add(titles(tasks)))
      const row = {
        id: -1,
        title: 'new',
        status: 'pending',
        priority: 'low',
        description: null,
        due_date: null
      }
      const inserted = tasks.insert(row as never)
      assert.equal(titles(tasks), 'new')
      await inserted.isPersisted.promise
      const [made] = tasks.toArray
      assert.ok(made!.id > 0)
      assert.deepEqual([...seen], ['new'])
      await tasks.update(made!.id, (draft) => void (draft.title = 'newer')).isPersisted.promise
      assert.equal(titles(tasks), 'newer')
      await tasks.delete(made!.id).isPersisted.promise
      assert.equal(titles(tasks), '')
      assert.deepEqual([...seen], ['new', 'newer', ''])
    })

    it('takes back what the server refuses', async () => {
      await add('a')
      const tasks = open()
      await tasks.preload()
      const { id } = tasks.toArray[0]!
      const refused = tasks.update(id, (draft) => void (draft.title = ''))
      assert.equal(titles(tasks), '')
      await assert.rejects(refused.isPersisted.promise, { code: 'VALIDATION_ERROR' })
      assert.equal(titles(tasks), 'a')
    })

    it('fails to load what the server refuses', async () => {
      const tasks = createCollection(rachisCollectionOptions({ client, service: 'tasks', query: { title: { $gt: 'm' } } })) // prettier-ignore
      await assert.rejects(tasks.preload(), { code: 'NOT_SUBSCRIBABLE' })
    })
  })

  it('React: renders nothing yet on a server, and opens no connection for it', () => {
    const List = () => createElement('p', null, useLive(client, 'tasks').status)
    assert.equal(renderToString(createElement(List)), '<p>loading</p>')
    assert.equal(client.state, 'idle')
  })
})

import assert from 'node:assert/strict'
import { Client } from 'pg'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import type { Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { Proxy } from './proxy'

const TASK = 'insert into tasks (title, user_id) values ($1, $2) returning id::int'

describe('the feed', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let sockets: Record<'owner' | 'stranger' | 'anonymous', Listener>
  const settings = { feed: { stall_timeout: 1 } }
  const people = async () => {
    owner = await world.register('owner')
    stranger = await world.register('stranger')
    sockets = {
      owner: await world.socket(owner),
      stranger: await world.socket(stranger),
      anonymous: await world.socket(anonymous)
    }
  }
  /** A task of the owner is told to them and to nobody else. */
  const isTold = async (title: string) => {
    const [task] = await world.sql(TASK, [title, owner.id])
    await sockets.owner.event('tasks created', ({ id }) => id === task!.id)
    for (const socket of [sockets.stranger, sockets.anonymous]) {
      await socket.drained()
      assert.deepEqual(socket.events.filter(({ name }) => name === 'tasks created'), [])
    }
  } // prettier-ignore

  describe('over connections that die without a word', () => {
    let url: string
    let proxy: Proxy
    before(async () => {
      url = await createDatabase()
      proxy = await Proxy.to(url)
      world = await startWorld({ database: proxy.url(url), settings })
      await people()
    })
    after(async () => {
      proxy?.close()
      await world?.close(true)
      if (url) await dropDatabase(url)
    })

    it('opens others, and tells what was written meanwhile', async () => {
      await world.settled()
      proxy.swallow()
      for (const title of ['Written while nothing was heard', 'Written afterwards']) {
        // Not through the proxy, which swallows what the test's own session says as well.
        const { rows: [task] } = await onServer((client) => client.query<{ id: number }>(TASK, [title, owner.id]), { connectionString: url }) // prettier-ignore
        await sockets.owner.event('tasks created', ({ id }) => id === task!.id)
      }
      assert.deepEqual(sockets.stranger.events, [])
      assert.equal(world.app.get('engine').feed.status().status, 'ok')
    })
  })

  describe('of a table with another history', () => {
    before(async () => {
      world = await startWorld({ settings })
      await people()
    })
    after(() => world?.close())
    beforeEach(async () => {
      await world.settled()
      for (const socket of Object.values(sockets)) socket.forget()
    })

    const allFetchAnew = async () => {
      await sockets.owner.event('tasks reset')
      await sockets.stranger.event('tasks reset')
      await sockets.anonymous.event('products reset')
      await sockets.anonymous.drained()
      assert.deepEqual(
        sockets.anonymous.events.filter(({ name }) => name.startsWith('tasks')),
        [],
        'who may not read any tasks is told nothing of them'
      )
    }

    it('tells all to fetch anew where its changes were truncated and count from 1 again', async () => {
      await world.sql('truncate changes restart identity')
      await allFetchAnew()
      await isTold('After the truncation')
    })

    it('tells all to fetch anew where it was restored from an older dump', async () => {
      await world.sql(
        `create table older as select * from changes order by id limit 3;
        drop table changes;
        create table changes (like older including all);
        insert into changes select * from older; drop table older`
      )
      await world.sql(
        `alter table changes alter column id set not null; alter table changes alter column id add generated always as identity;
        alter table changes add primary key (id); alter table changes alter column created_at set default clock_timestamp();
        select setval('changes_id_seq', 3)`
      )
      await allFetchAnew()
      await isTold('After the restore')
    })

    it('moves a sequence that was set back behind the last change, so that writes do not fail', async () => {
      await world.sql(`select setval('changes_id_seq', 1)`)
      await allFetchAnew()
      const { status } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Written again' } })
      assert.equal(status, 201)
      await isTold('After the sequence')
    })

    it('refuses a write meanwhile as one to try again, not as a value that is taken', async () => {
      const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Before' } })
      await world.settled()
      for (const sequence of ['changes_id_seq', 'tasks_id_seq']) {
        const before = await world.sql('select count(*)::int as n from tasks')
        await world.sql(`select setval('${sequence}', 1)`)
        const answer = await world.rest(owner, 'POST', '/tasks', { body: { title: `After ${sequence}` } })
        // The feed may have noticed already.
        if (sequence === 'changes_id_seq' && answer.status === 201) continue
        assertRefused(answer, { code: 'UNAVAILABLE' })
        assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
        assert.deepEqual(await world.sql('select count(*)::int as n from tasks'), before)
      }
      // The sequence is behind the last change again; until then any write may fail, or find an id that is free by chance.
      await allFetchAnew()
      for (let status = 503; status === 503;)
        status = (await world.rest(owner, 'POST', '/tasks', { body: { title: 'Again' } })).status
      assert.ok(body.id)
    })

    it('tells the readers of a truncated table, and nobody else, to fetch it anew', async () => {
      await world.sql('truncate tasks cascade')
      await sockets.owner.event('tasks reset')
      await sockets.anonymous.drained()
      assert.deepEqual(sockets.anonymous.events, [])
      await isTold('After the table')
    })
  })

  describe('of a process that starts while a transaction is open', () => {
    let first: World
    let client: Client
    before(async () => {
      first = await startWorld()
      owner = await first.register('owner')
      client = new Client({ connectionString: first.database })
      await client.connect()
    })
    after(async () => {
      await client?.end()
      await world?.close(true)
      await first?.close()
    })

    it('tells what that transaction wrote before the start, once it is committed', async () => {
      await client.query('begin')
      await client.query(TASK, ['Written before the start', owner.id])
      await first.sql(TASK, ['Committed before the start', owner.id])
      world = await startWorld({ database: first.database })
      const socket = await world.socket(owner)
      await client.query('commit')
      await socket.event('tasks created', ({ title }) => title === 'Written before the start')
      await world.settled()
      await socket.drained()
      assert.deepEqual(
        socket.events.map(({ data }) => data.title),
        ['Written before the start']
      )
    })
  })
})

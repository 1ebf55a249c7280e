import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { shown, Stage, TRANSPORTS, until } from './stage'

for (const transport of TRANSPORTS) {
  describe(`optimistic writes over ${transport}`, function () {
    this.timeout(30_000)
    let world: World
    let owner: Person
    const stage = new Stage()
    before(async () => {
      world = await startWorld()
      owner = await world.register('owner')
    })
    afterEach(async () => {
      stage.close()
      await world.sql('delete from tasks')
      await world.settled()
    })
    after(() => world?.close())

    const begin = async () => {
      const client = await stage.signedIn(world.url, owner, { transport })
      const { id } = await client.service('tasks').create({ title: 'a' })
      const list = client.live('tasks', { status: 'pending', $sort: { id: 1 } })
      await until(list, (data, status) => status === 'live' && data.length === 1)
      return { tasks: client.service('tasks'), list, id, client, seen: shown(list, ({ title }) => title) }
    }

    it('are shown at once, and without a flicker when the event comes', async () => {
      const { tasks, list, id, seen } = await begin()
      const answered = tasks.patch(id, { title: 'b' }, { optimistic: true, until: 'applied' })
      assert.equal(list.snapshot().data[0]!.title, 'b')
      await answered
      await world.settled()
      assert.deepEqual(seen, ['a', 'b'])
      assert.equal(list.snapshot().data[0]!.title, 'b')
    })

    it('are taken back where they fail', async () => {
      const { tasks, list, id, seen } = await begin()
      const refused = tasks.patch(id, { title: '' }, { optimistic: true })
      assert.equal(list.snapshot().data[0]!.title, '')
      await assert.rejects(refused, { code: 'VALIDATION_ERROR', field: 'title' })
      await assert.rejects(tasks.remove(id + 1000, { optimistic: true }), { code: 'NOT_FOUND' })
      assert.deepEqual(seen, ['a', '', 'a'])
    })

    it('make a record that has a temporary id until the server has given it one, and is never there twice', async () => {
      const { tasks, list, seen } = await begin()
      const data = { title: 'new', status: 'pending' as const }
      const created = tasks.create(data, { optimistic: true, until: 'applied' })
      assert.match(String(list.snapshot().data.find(({ title }) => title === 'new')!.id), /^local:/)
      const { id } = await created
      assert.deepEqual(list.snapshot().data.map((row) => row.id).includes(id), true) // prettier-ignore
      assert.deepEqual(seen.filter((titles) => titles !== 'a,new' && titles !== 'new,a'), ['a']) // prettier-ignore
    })

    it('leave lists that they do not belong to, also by an action whose effect is said', async () => {
      const { tasks, list, id, seen } = await begin()
      await tasks.complete({ id }, { optimistic: { status: 'completed' }, until: 'applied' })
      assert.deepEqual(list.snapshot().data, [])
      await tasks.reopen({ id }, { until: 'applied' })
      await until(list, (data) => data.length === 1)
      await tasks.remove(id, { optimistic: true, until: 'applied' })
      assert.deepEqual(seen, ['a', '', 'a', ''])
    })

    it('are acknowledged where they change nothing', async function () {
      // The event stream tells its client nothing of a transaction without events: that is concluded from heartbeats.
      if (transport === 'sse') this.timeout(60_000)
      const { tasks, id, seen } = await begin()
      const { title } = await tasks.patch(id, { title: 'a' }, { optimistic: true, until: 'applied' })
      assert.equal(title, 'a')
      assert.deepEqual(seen, ['a'])
    })
  })
}

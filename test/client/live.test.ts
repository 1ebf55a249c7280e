import assert from 'node:assert/strict'
import type { ClientOptions } from '../../packages/rachis/src/client'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Gateway } from './gateway'
import { shown, Stage, TRANSPORTS, until } from './stage'

const titles = (data: readonly { title: string }[]) => data.map(({ title }) => title).join()

for (const transport of TRANSPORTS) {
  describe(`live lists over ${transport}`, function () {
    this.timeout(30_000)
    let world: World
    let gateway: Gateway
    let owner: Person
    let stranger: Person
    const stage = new Stage()
    const options: ClientOptions = { transport }
    before(async () => {
      world = await startWorld({ settings: { auth: { access_ttl: 4, expiry_warning: 1 } } })
      gateway = await Gateway.open(world.url)
      owner = await world.register('owner')
      stranger = await world.register('stranger')
    })
    afterEach(async () => {
      stage.close()
      await world.sql('delete from tasks')
      await world.settled()
    })
    after(async () => {
      gateway?.close()
      await world?.close()
    })
    const add = (title: string, { id }: Person = owner, fields: Json = {}) => {
      const row: Json = { title, user_id: id, ...fields }
      const names = Object.keys(row)
      return world.sql(
        `insert into tasks (${names.join()}) values (${names.map((_, i) => `$${i + 1}`).join()}) returning id`,
        Object.values(row)
      )
    }
    const shows = (list: any, ...expected: string[]) =>
      until<any>(list, (data, status) => status === 'live' && titles(data) === expected.join())

    it('follow what enters and leaves, sorted, and show nothing that is another’s', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('b')
      const list = client.live('tasks', { status: 'pending', $sort: { id: -1 } })
      await shows(list, 'b')
      await add('hidden', stranger)
      await add('a')
      await shows(list, 'a', 'b')
      await world.sql(`update tasks set status = 'completed' where title = 'b'`)
      await shows(list, 'a')
      await world.sql(`update tasks set status = 'pending' where title = 'b'`)
      await world.sql(`update tasks set title = 'c' where title = 'a'`)
      await shows(list, 'c', 'b')
      await world.sql(`delete from tasks where title = 'b'`)
      await shows(list, 'c')
    })

    it('show whole transactions only, in all lists at once', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('one')
      const [open, done] = [client.live('tasks', { status: 'pending' }), client.live('tasks', { status: 'completed' })] // prettier-ignore
      await Promise.all([open.ready(), done.ready()])
      const sums: number[] = []
      const note = () => sums.push(open.snapshot().data.length + done.snapshot().data.length)
      if (transport === 'websocket') for (const list of [open, done]) list.subscribe(note)
      const seen = shown(open, ({ title }) => title)
      await world.sql(`begin; insert into tasks (title, user_id) values ('two', ${owner.id}); update tasks set title = title || '!' where user_id = ${owner.id}; commit`) // prettier-ignore
      await shows(open, 'one!', 'two!')
      assert.deepEqual(seen, ['one', 'one!,two!'])
      await world.sql(`update tasks set status = 'completed' where title = 'one!'`)
      await shows(done, 'one!')
      await shows(open, 'two!')
      assert.ok(sums.every((sum) => sum === 2), sums.join()) // prettier-ignore
    })

    it('may go while a call is under way, which is answered all the same', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await client.live('tasks', {}).ready()
      const made = client.service('tasks').create({ title: 'last' })
      client.close()
      assert.equal((await made).title, 'last')
    })

    it('keep the objects of what has not changed', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('a')
      const list = client.live('tasks', { $sort: { id: 1 } })
      const [first] = await shows(list, 'a')
      await add('b')
      const [same] = await shows(list, 'a', 'b')
      assert.equal(same, first)
      assert.equal(list.snapshot(), list.snapshot())
    })

    it('hold a limit: what leaves is replaced by what comes next', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      for (const title of ['a', 'b', 'c', 'd']) await add(title)
      const list = client.live('tasks', { $sort: { id: 1 }, $limit: 2 })
      await shows(list, 'a', 'b')
      await world.sql(`delete from tasks where title = 'a'`)
      await shows(list, 'b', 'c')
      await world.sql(`delete from tasks where title in ('b', 'c')`)
      await shows(list, 'd')
      await add('e')
      await add('f')
      await shows(list, 'd', 'e')
    })

    it('are in the order of the server also by declared words, and have every record of many pages', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('low', owner, { priority: 'low' })
      await add('urgent', owner, { priority: 'urgent' })
      const list = client.live('tasks', { $sort: { priority: -1 } })
      await shows(list, 'urgent', 'low')
      await add('high', owner, { priority: 'high' })
      await shows(list, 'urgent', 'high', 'low')
      await world.sql(
        `insert into tasks (title, user_id) select 'many', ${owner.id} from generate_series(1, 250)`
      )
      const all = client.live('tasks', { title: 'many', $sort: { id: -1 } })
      const data = await until(all, (rows) => rows.length === 250)
      assert.ok(data.every(({ id }, i) => i === 0 || id < data[i - 1]!.id))
    })

    it('go on where they were after a cut: nothing is missed, and nothing shown meanwhile but what was', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('a')
      await add('b')
      const list = client.live('tasks', { $sort: { id: 1 } })
      await shows(list, 'a', 'b')
      const seen = shown(list, ({ title }) => title)
      const lost = until(list, (_data, status) => status === 'stale')
      gateway.lead()
      gateway.cut()
      await lost
      await world.sql(`update tasks set title = 'c' where title = 'a'`)
      await world.sql(`delete from tasks where title = 'b'`)
      gateway.lead(world.url)
      await shows(list, 'c')
      assert.deepEqual(seen, ['a,b', 'c'])
    })

    it('are kept over the end of a token, and over a night with one that has ended', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      const list = client.live('tasks')
      await list.ready()
      const tokens = new Set<string>()
      await new Promise<void>((resolve) =>
        client.onSession((session) => void (tokens.add(session!.access_token).size === 2 && resolve()))
      )
      await add('day')
      await shows(list, 'day')
      // Asleep: nothing is heard and nothing said for longer than the token is good.
      gateway.lead()
      gateway.cut()
      await new Promise((resolve) => setTimeout(resolve, 5000))
      await world.sql(`update tasks set title = 'night'`)
      gateway.lead(world.url)
      await shows(list, 'night')
    })

    it('lose what a change of rights takes, and gain what it gives', async () => {
      const admin = await world.register(`admin${transport}`)
      const client = await stage.signedIn(gateway.url, admin, options)
      const list = client.live('orders', { $sort: { id: 1 } })
      assert.deepEqual((await list.ready()).data, [])
      const [order] = await world.sql(
        `insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address)
         values ($1, $2, 1, 0, 0, 1, 'EUR', 'card', '{"city":"Port"}', '{"city":"Port"}') returning id`,
        [owner.id, `ORD-${transport}`]
      )
      await world.sql(`update users set role = 'admin' where id = $1`, [admin.id])
      await until(list, (data) => data.length === 1)
      await world.sql(`update users set role = 'user' where id = $1`, [admin.id])
      await until(list, (data, status) => data.length === 0 && status === 'live')
      await world.sql('delete from orders where id = $1', [order!.id])
    })

    it('are empty at once for whoever signs out or in as somebody else', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('mine')
      await add('theirs', stranger)
      const list = client.live('tasks')
      await shows(list, 'mine')
      const out = client.logout()
      await until(list, (data) => data.length === 0)
      await out
      await until(list, (_data, status) => status === 'error')
      assert.equal(list.snapshot().error!.code, 'NOT_AUTHENTICATED')
      const seen = shown(list, ({ title }) => title)
      await client.login({ email: stranger.email!, password: 'correct-horse' })
      await shows(list, 'theirs')
      assert.deepEqual(seen, ['', 'theirs'])
    })

    it('say why the server refuses one, and go on with the others', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      await add('a')
      const wrong = client.live('tasks', { title: { $gt: 'm' } })
      const right = client.live('tasks')
      await assert.rejects(wrong.ready(), { code: 'NOT_SUBSCRIBABLE', status: 422 })
      const related = client.live('tasks', { $sort: { 'user.id': 1 } } as object)
      await assert.rejects(related.ready(), { code: 'NOT_SUBSCRIBABLE', status: 422, field: '$sort' })
      await shows(right, 'a')
    })

    it('tell events by their names, to whom a list is no use', async () => {
      const client = await stage.signedIn(gateway.url, owner, options)
      const told: string[] = []
      const done = new Promise<void>((resolve) => {
        for (const event of ['created', 'patched', 'complete'] as const)
          client.on('tasks', event, ({ title }) => {
            told.push(`${event} ${title}`)
            if (event === 'complete') resolve()
          })
      })
      const list = client.live('tasks', { $limit: 1 })
      await list.ready()
      const { id } = await client.service('tasks').create({ title: 'x' })
      await client.service('tasks').complete({ id })
      await done
      assert.deepEqual(told, ['created x', 'patched x', 'complete x'])
    })
  })
}

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Client } from 'pg'
import { Listener } from '../../packages/rachis/src/feed/listener'
import { COUNT } from '../../packages/rachis/src/feed/presence'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'

/** Is let in, and is then refused `listen`, as it is by a standby: its transaction has failed. */
class Refused extends Client {
  override async connect() {
    const client = await super.connect()
    await this.query('begin')
    await this.query('select 1 / 0').catch(() => undefined)

    return client
  }
}

class Wakes {
  count = 0
  private tell = () => {}
  readonly wake = () => {
    this.count++
    this.tell()
  }
  async next() {
    if (this.count === 0) await new Promise<void>((resolve) => (this.tell = resolve))
  }
}

describe('the connection that listens', () => {
  let url: string
  before(async () => void (url = await createDatabase()))
  after(() => dropDatabase(url))

  it('is closed where the server lets it in and refuses to have it listen', async () => {
    const open = async () => new Refused({ connectionString: url, application_name: 'refused' })
    const listener = new Listener(open, () => undefined, 2000)
    const opened = () =>
      onServer(async (client) => (await client.query(`select from pg_stat_activity where application_name = 'refused'`)).rows.length, { connectionString: url }) // prettier-ignore
    for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(listener.start(), { code: '25P02' })
    await listener.stop()
    // The server notes an end a moment later.
    while ((await opened()) > 0);
  })

  describe('of several processes', () => {
    /** Hears all that is told, and is no process that others count. */
    let spy: Client
    let heard: number
    beforeEach(async () => {
      heard = 0
      spy = new Client({ connectionString: url })
      await spy.connect()
      await spy.query('listen rachis_changes')
      await spy.query('listen marker')
      spy.on('notification', ({ channel }) => (heard += channel === 'rachis_changes' ? 1 : 0))
    })
    afterEach(() => spy.end())

    /** Notifications come in the order of their commits: what was told before the marker is there. */
    const toldUntilNow = async () => {
      const marked = new Promise<void>((resolve) =>
        spy.on('notification', ({ channel }) => channel === 'marker' && resolve())
      )
      await spy.query('notify marker')
      await marked

      return heard
    }
    const listen = async (wake: () => void = () => undefined, isPooled = false) => {
      const client = new Client({ connectionString: url })
      const listener = new Listener(async () => client, wake, 2000, () => isPooled) // prettier-ignore
      await listener.start()

      return { listener, sent: () => client.query('select 1') }
    }

    it('tells nobody while it is alone, and each other from the moment on in which another one has come', async () => {
      const [ofFirst, ofSecond] = [new Wakes(), new Wakes()]
      const first = await listen(ofFirst.wake)
      first.listener.notify()
      await first.sent()
      assert.equal(await toldUntilNow(), 0)
      const second = await listen(ofSecond.wake)
      // The second says that it is there.
      await ofFirst.next()
      assert.equal(await toldUntilNow(), 1)
      first.listener.notify()
      await ofSecond.next()
      assert.deepEqual([ofFirst.count, ofSecond.count, await toldUntilNow()], [1, 1, 2])
      await Promise.all([first.listener.stop(), second.listener.stop()])
      // The server gives up their locks a moment after they have gone.
      while ((await onServer((client) => client.query(COUNT), { connectionString: url })).rows[0]!.count > 0);
      const third = await listen()
      third.listener.notify()
      await third.sent()
      assert.equal(await toldUntilNow(), 2)
      await third.listener.stop()
    })

    it('tells of writes that follow each other together, and of the last one before it stops', async () => {
      const wakes = new Wakes()
      const first = await listen(wakes.wake)
      const second = await listen()
      await wakes.next()
      const before = await toldUntilNow()
      for (let write = 0; write < 50; write++) first.listener.notify()
      while ((await toldUntilNow()) < before + 2) await once(spy, 'notification')
      assert.equal(await toldUntilNow(), before + 2)
      for (let write = 0; write < 50; write++) first.listener.notify()
      await first.listener.stop()
      const told = (await toldUntilNow()) - before
      assert.ok(told === 3 || told === 4, String(told))
      await second.listener.stop()
    })

    it('tells always behind a pooler, where it is not counted and hears nothing', async () => {
      const pooled = await listen(undefined, true)
      assert.equal(pooled.listener.isHearing, false)
      const before = await toldUntilNow()
      pooled.listener.notify()
      await pooled.sent()
      assert.equal(await toldUntilNow(), before + 1)
      const direct = await listen()
      direct.listener.notify()
      await direct.sent()
      assert.equal(await toldUntilNow(), before + 1)
      await Promise.all([pooled.listener.stop(), direct.listener.stop()])
    })
  })
})

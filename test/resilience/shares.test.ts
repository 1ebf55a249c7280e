import assert from 'node:assert/strict'
import { Type } from '@feathersjs/typebox'
import { Client } from 'pg'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import type { ActionContext } from '../../packages/rachis/src/declare'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const input = Type.Object({ seconds: Type.Number() }, { additionalProperties: false })
const output = Type.Object({}, { additionalProperties: true })
const sleep = async ({ seconds }: { seconds: number }, { knex }: ActionContext<never>) => {
  await knex.raw('select pg_sleep(?)', [seconds])
  return {}
}
/** Resources with operations as slow as one likes: of those that write in a transaction, and of those that read. */
const slow = ['slow', 'sluggish'].map((name) =>
  defineResource(name as never, {
    fields: { name: text() },
    access: { read: anyone },
    actions: { work: { on: 'collection', input, output, access: anyone, run: sleep } } as never,
    reports: { report: { input, output, access: anyone, run: sleep } } as never
  })
)

const SETTINGS = { pool_max: 6, read_timeout: 3, lock_timeout: 2, queue: 20 }

describe('the pool of connections', () => {
  let world: World
  let owner: Person
  before(async () => {
    // Attempts are counted in the table that a test locks, and not in Redis.
    const settings = { trust_proxy: 1, redis_url: '', database: SETTINGS }
    world = await startWorld({ resources: slow as never, settings })
    owner = await world.register('owner')
  })
  after(() => world.close())

  const from = (address: string) => ({ 'X-Forwarded-For': address })
  const write = (seconds: number, address: string, name = 'slow') =>
    world.rest(anonymous, 'POST', `/${name}/work`, { body: { seconds }, headers: from(address) })
  const times = <T>(count: number, make: () => Promise<T>) => Array.from({ length: count }, make)
  /** Statements that sleep right now. */
  const sleeping = async () =>
    (await world.sql(`select count(*)::int as n from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' and datname = current_database()`))[0]!.n as number // prettier-ignore
  const until = async (count: number) => {
    while ((await sleeping()) < count);
  }

  /** `locked` resolves when calls wait for the first of the tables. */
  const lock = async (...tables: string[]) => {
    const client = new Client(world.database)
    await client.connect()
    await client.query(`begin; lock table ${tables.join()} in access exclusive mode`)
    const waits = `select from pg_locks where not granted and relation = '${tables[0]}'::regclass`
    const waiting = async () => (await world.sql(waits)).length
    let isOpen = true

    return {
      waiting,
      async locked(count = 2) {
        while ((await waiting()) < count);
      },
      async unlock() {
        if (isOpen) await client.end()
        isOpen = false
      }
    }
  }

  it('is not used up by a locked table: health, signing in and other tables go on, and the lock is told', async () => {
    const { locked, unlock } = await lock('tasks')
    try {
      let settled = 0
      const calls = times(20, () => world.rest(owner, 'GET', '/tasks').finally(() => settled++))
      await locked()
      const login = { email: owner.email, password: PASSWORD }
      const others = await Promise.all([
        fetch(`${world.url}/health/ready`),
        world.rest(anonymous, 'GET', '/products'),
        world.rest(owner, 'GET', '/orders'),
        world.rest(anonymous, 'POST', '/auth/login', { body: login })
      ])
      assert.deepEqual(
        others.map(({ status }) => status),
        [200, 200, 200, 200]
      )
      assert.equal(settled, 0, 'others did not wait for the lock')
      const refused = await Promise.race(calls)
      assertRefused(refused, { code: 'UNAVAILABLE' })
      assert.match(refused.body.error.message, /locked/)
      assert.equal(refused.headers.get('retry-after'), '2')
      await unlock()
      assert.ok((await Promise.all(calls)).some(({ status }) => status === 200))
    } finally {
      await unlock()
    }
  })

  it('keeps nobody waiting whose write is refused by its rule or its data', async () => {
    const { locked, unlock } = await lock('tasks')
    try {
      let settled = 0
      const body = { title: 'Waits for its table' }
      const calls = times(20, () => world.rest(owner, 'POST', '/tasks', { body }).finally(() => settled++))
      await locked()
      const refused = await Promise.all([
        world.rest(anonymous, 'POST', '/tasks', { body }),
        world.rest(anonymous, 'POST', '/tasks', { body, headers: { 'Idempotency-Key': 'nobody' } }),
        world.rest(anonymous, 'POST', '/tasks/1/start', { body: {} }),
        world.rest(owner, 'POST', '/tasks', { body: { title: '' } }),
        world.rest(owner, 'PATCH', '/tasks/1', { body: { title: '' } })
      ])
      assert.deepEqual([refused.map(({ status }) => status), settled], [[401, 401, 401, 422, 422], 0])
      const waiting = () => world.app.get('shares').waiting
      const before = waiting()
      // What the database is asked for before they write has a share as well.
      const asked: Record<string, string>[] = [{ 'Idempotency-Key': 'waits' }, { 'If-Match': '"7"' }]
      const asking = asked.map((headers) =>
        world.rest(owner, 'PATCH', '/tasks/1', { body: { title: '' }, headers })
      )
      while (waiting() < before + asking.length) await new Promise(setImmediate)
      assert.equal(settled, 0)
      await unlock()
      for (const { status } of await Promise.all(asking)) assert.equal(status, 422)
      for (const { status } of await Promise.all(calls)) assert.ok([201, 503].includes(status))
    } finally {
      await unlock()
    }
  })

  it('has whoever is known already not wait for the tables of signing in', async () => {
    const strangers = await Promise.all(['one', 'two', 'three'].map((name) => world.register(name)))
    assert.equal((await world.rest(owner, 'GET', '/products')).status, 200)
    const { locked, unlock } = await lock('sessions', 'users')
    try {
      let settled = 0
      const calls = strangers.map((person) => world.rest(person, 'GET', '/products').finally(() => settled++))
      await locked()
      assert.deepEqual([(await world.rest(owner, 'GET', '/products')).status, settled], [200, 0])
      await unlock()
      assert.deepEqual((await Promise.all(calls)).map(({ status }) => status), [200, 200, 200]) // prettier-ignore
    } finally {
      await unlock()
    }
  })

  it('remembers who was looked up while the sessions of others ended', async () => {
    const [slowly, leaving] = await Promise.all(['slowly', 'leaver'].map((name) => world.register(name)))
    await world.settled()
    const looking = await lock('users')
    const first = world.rest(slowly!, 'GET', '/products')
    await looking.locked(1)
    await world.sql(`update sessions set revoked_at = now() where user_id = ${leaving!.id}`)
    await world.settled()
    await looking.unlock()
    assert.equal((await first).status, 200)
    const { unlock } = await lock('sessions', 'users')
    const second = await world.rest(slowly!, 'GET', '/products').finally(unlock)
    assert.equal(second.status, 200, 'it was not asked for again')
  })

  it('has log-ins that take long keep no others of auth waiting', async () => {
    const leaving = await world.register('leaving')
    assert.equal((await world.rest(leaving, 'GET', '/products')).status, 200)
    const { locked, unlock } = await lock('rate_limits')
    try {
      let settled = 0
      const body = { email: owner.email, password: PASSWORD }
      const login = (path: string, address: string) =>
        world.rest(anonymous, 'POST', path, { body: { ...body, ...(path === '/authentication' ? { strategy: 'local' } : {}) }, headers: from(address) }).finally(() => settled++) // prettier-ignore
      const calls = ['203.0.113.21', '203.0.113.22', '203.0.113.23'].flatMap((address) => ['/auth/login', '/authentication'].map((path) => login(path, address))) // prettier-ignore
      await locked()
      const me = await world.rest(owner, 'GET', '/auth/me')
      const logout = await world.rest(leaving, 'POST', '/auth/logout', { body: {} })
      assert.deepEqual([me.status, logout.status, settled], [200, 200, 0])
      await unlock()
      assert.ok((await Promise.all(calls)).every(({ status }) => status < 300))
    } finally {
      await unlock()
    }
  })

  it('is looked at once for all who ask whether it is ready', async () => {
    const { waiting, locked, unlock } = await lock('changes')
    try {
      const ready = times(5, () => fetch(`${world.url}/health/ready`))
      await locked(1)
      for (let asked = 0; asked < 3; asked++) await fetch(`${world.url}/health`)
      // The feed waits for the table as well.
      const looks = await world.sql(`select from pg_stat_activity where wait_event_type = 'Lock' and query like 'select from changes limit 0%'`) // prettier-ignore
      assert.ok(looks.length <= 1 && (await waiting()) > 0, `${looks.length} look`)
      await unlock()
      assert.deepEqual(new Set((await Promise.all(ready)).map(({ status }) => status)), new Set([200]))
      assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)
    } finally {
      await unlock()
    }
  })

  const ADDRESSES = { address: () => '203.0.113.1', network: (n: number) => `2001:db8:0:7::${n}` }
  for (const [what, address] of Object.entries(ADDRESSES))
    it(`is shared: what one ${what} asks for keeps no other waiting`, async () => {
      let settled = 0
      let asked = 0
      const ask = (name: string) =>
        times(3, () => write(1.5, address(++asked), name).finally(() => settled++))
      const calls = [...ask('slow'), ...ask('sluggish')]
      await until(3)
      assert.equal(await sleeping(), 3)
      const other = await world.rest(anonymous, 'GET', '/products', { headers: from('203.0.113.2') })
      assert.deepEqual([other.status, settled], [200, 0], 'the other did not wait')
      assert.deepEqual(new Set((await Promise.all(calls)).map(({ status }) => status)), new Set([200]))
    })

  it('has the calls of one socket wait for each other', async () => {
    const socket = await world.socket(owner)
    const calls = [
      ...times(4, () => socket.call('work', 'slow', { seconds: 0.5 })),
      ...times(4, () => socket.call('work', 'sluggish', { seconds: 0.5 }))
    ]
    await until(3)
    assert.equal(await sleeping(), 3)
    await Promise.all(calls)
  })

  it('has a short queue: who asks for more is told to come again', async () => {
    const calls = times(26, () => write(0.2, '203.0.113.3'))
    const answers = await Promise.all(calls)
    const refused = answers.filter(({ status }) => status !== 200)
    assert.equal(refused.length, 4, 'two run, twenty wait')
    for (const answer of refused) {
      assertRefused(answer, { code: 'OVERLOADED' })
      assert.equal(answer.headers.get('retry-after'), '2')
    }
  })

  it('is left by a read after a short time, and by a transaction later', async () => {
    const [refused, written] = await Promise.all([
      world.rest(anonymous, 'GET', '/slow/report?seconds=15'),
      write(3.2, '203.0.113.4')
    ])
    assertRefused(refused, { code: 'UNAVAILABLE' })
    assert.match(refused.body.error.message, /took too long/)
    assert.equal(written.status, 200)
  })
})

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { createDatabase, dropDatabase } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { HAS_REDIS, OwnRedis } from '../helpers/own-redis'
import type { Listener, Person } from '../helpers/world'
import { Machine } from './machine'

const COUNT = 3

/** Where a machine has changes from, as its metrics say. */
const sourceOf = async ({ world }: Machine): Promise<string> => {
  const text = await (await fetch(`${world.url}/metrics`)).text()
  return /rachis_feed_source\{source="(\w+)"\} [1-9]/.exec(text)![1]!
}

describe('FEED_URL: one process of several machines reads the table of changes (TEST_DEPTH=2)', function () {
  this.timeout(180_000)
  let redis: OwnRedis
  let database: string
  let machines: Machine[]
  let owner: Person
  // The last of them has two processes that serve, and a third one that has the changes for both.
  const start = (workers: number) => Machine.start(database, { FEED_URL: redis.url, METRICS_OPEN: 'always', WEB_CONCURRENCY: String(workers) }) // prettier-ignore
  before(async function () {
    onlyInDepth(this)
    if (!HAS_REDIS || process.platform === 'win32') this.skip()
    redis = await OwnRedis.start()
    database = await createDatabase()
    machines = []
    for (let count = 1; count <= COUNT; count++) machines.push(await start(count < COUNT ? 1 : 2))
    owner = await machines[0]!.register('owner')
  })
  after(async () => {
    await Promise.all((machines ?? []).map((machine) => machine.end('SIGKILL')))
    if (database) await dropDatabase(database)
    await redis?.stop()
  })

  const insert = (title: string) =>
    machines[0]!.world.sql('insert into tasks (title, user_id) values ($1, $2)', [title, owner.id])
  const relays = async () => {
    const sources = await Promise.all(machines.map(sourceOf))
    return machines.filter((_, index) => sources[index] === 'relay')
  }
  const oneRelay = async (): Promise<Machine> => {
    for (;;) {
      const [one, ...more] = await relays()
      if (one && more.length === 0) return one
      await pause(50)
    }
  }

  for (const end of ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const)
    it(`loses nothing and repeats nothing where the one that reads gets ${end}, and is told again within two seconds`, async () => {
      const victim = await oneRelay()
      const others = machines.filter((machine) => machine !== victim)
      const sockets: Listener[] = await Promise.all(others.map(({ world }) => world.socket(owner)))
      const titles: string[] = []
      const write = async () => {
        titles.push(`${end} ${titles.length}`)
        await insert(titles.at(-1)!)
      }
      for (let count = 0; count < 20; count++) await write()
      victim.server.child.kill(end)
      const begun = performance.now()
      await write()
      await Promise.all(sockets.map((socket) => socket.event('tasks created', ({ title }) => title === titles.at(-1)))) // prettier-ignore
      const took = performance.now() - begun
      for (let count = 0; count < 20; count++) await write()
      await Promise.all(sockets.map((socket) => socket.event('tasks created', ({ title }) => title === titles.at(-1)))) // prettier-ignore
      for (const { events, socket } of sockets) {
        assert.deepEqual(
          events.map(({ data }) => data.title),
          titles
        )
        socket.disconnect()
      }
      // A machine that is busy with other tests is slower.
      assert.ok(took < 4000, `${Math.round(took)} ms`)
      if (end === 'SIGSTOP') victim.server.child.kill('SIGCONT')
      else {
        machines.splice(machines.indexOf(victim), 1)
        await victim.end(end)
        machines.push(await start(1))
      }
    })
})

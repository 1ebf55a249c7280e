import assert from 'node:assert/strict'
import fs from 'fs'
import path from 'path'
import pg from 'pg'
import { onlyInDepth } from '../helpers/depth'
import type { Answer, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { fill, OwnServer, smallDisk } from './own-server'

const LOST = { code: 'UNAVAILABLE' } as const
const FILLER = 'takes-connections'

describe('a PostgreSQL that fails without going away', function () {
  this.timeout(120_000)
  let own: OwnServer
  let world: World
  let owner: Person
  let socket: Listener
  before(async function () {
    if (process.platform === 'win32') this.skip()
    own = await OwnServer.start({ max_connections: 40 })
    world = await startWorld({
      database: own.url,
      settings: { database: { read_timeout: 1, statement_timeout: 2 }, feed: { stall_timeout: 1 } }
    })
    owner = await world.person('owner')
    socket = await world.socket(owner)
  })
  after(async () => {
    await world?.close(true)
    await own?.remove()
  })

  const create = (title: string) => world.rest(owner, 'POST', '/tasks', { body: { title } })
  const ready = async () => (await fetch(`${world.url}/health/ready`)).status
  const isAlive = async () => assert.equal((await fetch(`${world.url}/health`)).status, 200)

  const assertLost = (answer: Answer) => {
    assertRefused(answer, LOST)
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  }
  /** Refused until the first call that is not; then everything works, events as well. */
  const assertRecovers = async (title: string) => {
    for (;;) {
      const answer = await create(title)
      if (answer.status === 201) break
      assertLost(answer)
    }
    await socket.event('tasks created', (task) => task.title === title)
    while ((await ready()) !== 200);
  }

  it('paused, it is answered by 503 within seconds, and served from as soon as it goes on (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    own.pause()
    try {
      const start = Date.now()
      const answers = await Promise.all([
        create('paused'),
        world.rest(owner, 'GET', '/tasks'),
        world.rest(anonymous, 'GET', '/products')
      ])
      answers.forEach(assertLost)
      assert.equal(await ready(), 503)
      assert.ok(Date.now() - start < 20_000)
      await isAlive()
    } finally {
      own.resume()
    }
    await assertRecovers('after the pause')
    const { body } = await world.rest(owner, 'GET', '/tasks?title=paused')
    assert.ok(body.total <= 1)
  })

  it('out of connections, it is answered by 503, and served from as soon as there are some', async () => {
    const fillers: pg.Client[] = []
    const take = async () => {
      const client = new pg.Client({ connectionString: own.url, application_name: FILLER })
      client.on('error', () => undefined)
      await client.connect()
      fillers.push(client)
    }
    await take()
    /** Ends the connections of others; the application tries at once to open them anew. */
    const end = () => fillers[0]!.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name <> $1 and backend_type = $2', [FILLER, 'client backend']) // prettier-ignore
    for (let ended = 1; ended > 0; ended = (await end()).rowCount!)
      for (;;) {
        const failed = await take().catch((error: { code: string }) => error.code)
        if (failed) {
          assert.equal(failed, '53300')
          break
        }
      }
    assertLost(await create('too many'))
    assertLost(await world.rest(anonymous, 'GET', '/products'))
    assert.equal(await ready(), 503)
    await isAlive()
    await Promise.all(fillers.map((client) => client.end()))
    await assertRecovers('after they were taken')
    assert.equal((await world.rest(owner, 'GET', '/tasks?title=too many')).body.total, 0)
  })

  it('on a full disk, it refuses writes by 503 and goes on reading; nothing that was acknowledged is lost', async function () {
    const disk = path.join(own.folder, 'disk')
    const unmount = smallDisk(disk, 32)
    // Only root may make a file system of its own.
    if (!unmount) this.skip()
    try {
      fs.mkdirSync(path.join(disk, 'space'))
      const [{ data_directory }] = (await world.sql('show data_directory')) as [{ data_directory: string }]
      const { uid, gid } = fs.statSync(data_directory)
      fs.chownSync(path.join(disk, 'space'), uid, gid)
      await world.sql(`create tablespace small location '${path.join(disk, 'space')}'`)
      await world.sql('alter table tasks set tablespace small')
      fill(path.join(disk, 'filler'))
      const description = 'x'.repeat(1500)
      const acknowledged: number[] = []
      let refused: Answer | undefined
      for (let n = 0; n < 500 && !refused; n++) {
        const answer = await world.rest(owner, 'POST', '/tasks', {
          body: { title: `full ${n}`, description }
        })
        if (answer.status === 201) acknowledged.push(answer.body.id as number)
        else refused = answer
      }
      assertLost(refused!)
      assert.match(refused!.body.error.message, /run out of disk/)
      await isAlive()
      const { body } = await world.rest(owner, 'GET', '/tasks?title[$like]=full %&$limit=100')
      assert.ok(body.total >= acknowledged.length || body.error)
      fs.rmSync(path.join(disk, 'filler'))
      await assertRecovers('after the disk')
      const rows = await world.sql(`select id::int from tasks where title like 'full %'`)
      for (const id of acknowledged) assert.ok(rows.some((row) => row.id === id))
      await world.sql('alter table tasks set tablespace pg_default')
      await world.sql('drop tablespace small')
    } finally {
      unmount!()
    }
  })
})

import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { byDepth } from '../helpers/depth'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { Server } from '../resilience/server'
import type { Sample } from './samples'
import { growthIn, sampleOf } from './samples'

/** `npm run soak` takes ten minutes, SOAK_SECONDS=3600 an hour; before a change lands it is a short one. */
const BY_HAND = process.env.npm_lifecycle_event === 'soak'
const SHORT = byDepth(0, 60, 120)
const SECONDS = Number(process.env.SOAK_SECONDS ?? (BY_HAND ? 600 : SHORT))
const SAMPLES = 40
const TOKEN = 'a-token-of-the-operators'
/** Milliseconds after which they sign in anew. */
const STAY = 300_000
const PEOPLE = ['ann', 'bob', 'cid', 'dan']

const flat = (): Sample[] =>
  Array.from({ length: SAMPLES }, () => ({
    heap: 5e7,
    resident: 1e8,
    handles: 20,
    files: 40,
    statements: 90,
    connections: 20
  }))

describe('what is looked at in a soak', () => {
  it('tells what grows, and takes what goes up and down', () => {
    assert.deepEqual(growthIn(flat()), [])
    const uneven = flat().map((sample, index) => ({ ...sample, heap: sample.heap * (1 + (index % 3)) }))
    assert.deepEqual(growthIn(uneven), [])
    const leaking = flat().map((sample, index) => ({
      ...sample,
      heap: sample.heap + index * 3e6,
      files: 40 + index
    }))
    assert.equal(growthIn(leaking).length, 2)
    assert.match(growthIn(leaking).join(), /heap: \d+ → \d+,files: \d+ → \d+/)
  })

  it('is read from what all processes show', () => {
    const text =
      'nodejs_heap_size_used_bytes 5\nprocess_resident_memory_bytes 7\nnodejs_active_handles_total 3\nprocess_open_fds 9\nrachis_database_statements 11\n'
    assert.deepEqual(sampleOf(text, 2), {
      heap: 5,
      resident: 7,
      handles: 3,
      files: 9,
      statements: 11,
      connections: 2
    })
  })
})

describe(`two processes that are used for ${SECONDS} seconds`, function () {
  this.timeout((SECONDS + 120) * 1000)
  let database: string
  let server: Server
  let world: World
  let isOver = false
  let calls = 0
  before(async function () {
    if (SECONDS === 0 || process.platform === 'win32') this.skip()
    database = await createDatabase()
    server = await Server.start({ DATABASE_URL: database, WEB_CONCURRENCY: '2', METRICS_OPEN: 'never', METRICS_TOKEN: TOKEN })
    world = server.world()
  }) // prettier-ignore
  after(async () => {
    world?.hangUp()
    if (server) assert.equal(await server.end('SIGTERM'), 0, server.output)
    if (database) await dropDatabase(database)
  })

  const join = async (name: string): Promise<Person> => {
    const body = { email: `${name}@example.com`, username: name, password: PASSWORD }
    const { body: joined } = await world.rest(anonymous, 'POST', '/auth/register', { body })

    return { name, id: joined.user.id, email: body.email, token: joined.access_token }
  }
  /** Signs in anew, long before the token ends. */
  const awake = async (person: Person): Promise<Person> => {
    const body = { email: person.email, password: PASSWORD }
    const { body: signedIn } = await world.rest(anonymous, 'POST', '/auth/login', { body })

    return { ...person, token: signedIn.access_token }
  }
  /** What somebody does all day: writes, reads in ever other ways, comes with a socket and goes. */
  const day = async (joined: Person) => {
    let [person, since] = [joined, Date.now()]
    for (let n = 0; !isOver; n++) {
      if (Date.now() - since > STAY) [person, since] = [await awake(person), Date.now()]
      const made = await world.rest(person, 'POST', '/tasks', { body: { title: `${person.name} ${n}` } })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      const { id } = made.body
      await world.rest(person, 'GET', `/tasks?$limit=${1 + (n % 50)}&$sort[id]=-1&title[$ne]=${n}`)
      await world.rest(person, 'PATCH', `/tasks/${id}`, { body: { priority: 'high' } })
      await world.rest(anonymous, 'GET', `/products?price[$gte]=${n % 100}`)
      if (n % 10 === 0) await visit(person, id)
      await world.rest(person, 'DELETE', `/tasks/${id}`)
      calls += 5
    }
  }
  const visit = async (person: Person, id: number) => {
    const socket = await world.socket(person)
    await socket.call('subscribe', 'tasks', { query: { priority: 'low' } }, {})
    await socket.call('patch', 'tasks', id, { priority: 'low' })
    await socket.event('tasks created')
    socket.socket.disconnect()
  }
  const sample = async (): Promise<Sample> => {
    const answer = await fetch(`${world.url}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } })
    const [row] = await onServer(async (client) => (await client.query('select count(*)::int as count from pg_stat_activity where datname = $1', [new URL(database).pathname.slice(1)])).rows as { count: number }[])

    return sampleOf(await answer.text(), row!.count)
  } // prettier-ignore

  it('need no more memory, handles, files, prepared statements and connections at the end than near the beginning', async () => {
    const people = await Promise.all(PEOPLE.map(join))
    const days = Promise.all(people.map(day))
    const samples: Sample[] = []
    while (samples.length < SAMPLES) {
      // Who cannot go on ends the test: a server that nobody uses needs no more of anything either.
      await Promise.race([days, setTimeout((SECONDS * 1000) / SAMPLES)])
      samples.push(await sample())
    }
    isOver = true
    await days
    const shown = [SAMPLES / 4, SAMPLES / 2, SAMPLES - 1].map((at) => JSON.stringify(samples[at]))
    if (SECONDS > SHORT) console.log([`      ${calls} calls`, ...shown].join('\n      '))
    assert.deepEqual(growthIn(samples), [], `${calls} calls; ${shown.at(-1)}`)
    assert.ok(calls > SECONDS, String(calls))
  })
})

import assert from 'node:assert/strict'
import type { SessionAuthentication } from '../../packages/rachis/src/accounts/authentication'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { membershipsOf } from '../../packages/rachis/src/rules/memberships'
import { selectMemberships, selectMembershipsOf } from '../../packages/rachis/src/sql/memberships'
import { statementsOf } from '../helpers/statements'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { StreamReader } from './reader'
import { OpenStreams } from './reader'

const USERS = 100

describe('many connections at once', () => {
  let world: World
  let people: Person[]
  let outsider: Person
  const streams = new OpenStreams()
  before(async () => {
    world = await startWorld()
    outsider = await world.register('outsider')
    const rows = await world.sql(`
      insert into users (email, username, password)
      select 'many' || n || '@example.com', 'many' || n, 'x' from generate_series(1, ${USERS}) n returning id::int`)
    const authentication = world.app.service('authentication' as never) as unknown as SessionAuthentication
    people = await Promise.all(
      rows.map(async ({ id }) => ({
        name: `many${id}`,
        id,
        token: (await authentication.open({ id })).accessToken
      }))
    )
    await world.settled()
  })
  beforeEach(() => world.settled())
  afterEach(() => streams.close())
  after(() => world?.close())

  const stream = (person: Person, query = '', headers = {}) => streams.open(world, person, query, headers)
  const ids = () => people.map(({ id }) => id).join()

  it('whose rights change are told what that means by a few statements each, while others are told of theirs', async () => {
    await world.sql(`insert into products (name, sku, price, is_active)
      select 'Hidden ' || n, 'HID' || n, 1, false from generate_series(1, 5) n`)
    await world.settled()
    const readers: StreamReader[] = []
    for (const person of people) readers.push(await stream(person, '?resources=products,users'))
    const other = await stream(outsider, '?resources=tasks')
    const statements = await statementsOf(async () => {
      await world.sql(`update users set role = 'manager' where id in (${ids()})`)
      const written = (await world.rest(outsider, 'POST', '/tasks', { body: { title: 'Meanwhile' } }))
        .body as Json
      await other.event('tasks created', ({ id }) => id === written.id)
      const created = (reader: StreamReader) =>
        reader.events.filter(({ event }) => event === 'products created')
      for (const reader of readers) await reader.event('products created', () => created(reader).length === 5)
    })
    const lookUps = statements.filter((text) => /^select array\[|from "(users|sessions|stores)"/.test(text))
    assert.ok(lookUps.length < USERS / 2, `${lookUps.length} statements of ${statements.length}`)
    assert.ok(!other.told().some((name) => name.startsWith('products')))
  }).timeout(60_000)

  it('are each looked up for themselves, also where hundreds are looked up by one statement', async () => {
    const [switchedOff, signedOut] = people as [Person, Person]
    const readers: StreamReader[] = []
    for (const person of people.slice(0, 10)) readers.push(await stream(person, '?resources=tasks,products'))
    await world.sql(`
      with over as (update sessions set revoked_at = now() where user_id = ${signedOut.id})
      update users set role = 'user', is_active = id <> ${switchedOff.id} where id in (${ids()})`)
    await world.settled()
    await world.sql(
      `insert into tasks (title, user_id) select 'For each', id from users where id in (${ids()})`
    )
    for (const reader of readers.slice(2)) await reader.event('tasks created')
    const told = readers.map((reader) => reader.events.filter(({ event }) => event === 'tasks created'))
    assert.deepEqual(told.map(({ length }) => length), [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]) // prettier-ignore
    assert.deepEqual(
      told.flat().map(({ data }) => (data as Json).user_id),
      people.slice(2, 10).map(({ id }) => id)
    )
  })

  it('belong to what each of them belongs to, as if they were asked for one by one', async () => {
    const [one, other] = people as [Person, Person]
    const store = `insert into stores (name, region, manager_id) select 'Store ' || n, 'Many', case n when 3 then ${other.id} else ${one.id} end from generate_series(1, 3) n`
    await world.sql(store)
    const memberships = membershipsOf(world.app.get('engine').models)
    const database = createDatabase(world.app.get('postgresqlClient'))
    const asked = people.slice(0, 3).map(({ id }) => id!)
    const together = await database.query(selectMembershipsOf(memberships, asked))
    const alone = await Promise.all(asked.map(async (id) => (await database.query(selectMemberships(memberships, id)))[0])) // prettier-ignore
    assert.deepEqual(together, asked.map(($user, index) => ({ $user, ...alone[index] }))) // prettier-ignore
    assert.deepEqual(alone.map((row) => (row!.store_ids as number[]).length), [2, 1, 0]) // prettier-ignore
  })

  it('that come back ask the database for nothing that this process has just read', async () => {
    const id = (await stream(outsider)).lastId!
    for (let count = 0; count < 3; count++)
      await world.rest(outsider, 'POST', '/tasks', { body: { title: `Missed ${count}` } })
    await world.settled()
    const statements = await statementsOf(async () => {
      const readers = Array.from({ length: 50 }, () =>
        stream(outsider, '?resources=tasks', { 'Last-Event-ID': id })
      )
      for (const reader of await Promise.all(readers)) {
        await reader.event('synced')
        assert.deepEqual(reader.told(), ['tasks created', 'tasks created', 'tasks created'])
      }
    }, /from changes/)
    assert.ok(statements.filter((text) => text.includes('feed_horizon')).length === 0, statements.join('\n'))
  })
})

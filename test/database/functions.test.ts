import assert from 'node:assert/strict'
import { Client } from 'pg'
import { createSql } from '../../packages/rachis/src/database/plan/plan'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { belongsTo, defineResource, nullable, text, Type, writeOnly } from '../../packages/rachis/src/declare'
import type { AnyResource, ResourceName } from '../../packages/rachis/src/declare'
import { createDatabase, dropDatabase } from '../helpers/database'

const parents = 'parents' as ResourceName
const DECLARED: AnyResource[] = [
  defineResource(parents, { timestamps: false, fields: { name: text(), secret: writeOnly(nullable(text())) }, access: {} }), // prettier-ignore
  defineResource('children', { timestamps: false, fields: { parent_id: belongsTo(parents, { on_delete: 'cascade' }) }, access: {} }), // prettier-ignore
  defineResource('notes', { timestamps: false, fields: { parent_id: nullable(belongsTo(parents, { on_delete: 'set null' })) }, access: {} }), // prettier-ignore
  defineResource('things', { id: 'uuid', timestamps: false, fields: { at: Type.String({ format: 'date-time' }) }, access: {} }) // prettier-ignore
]

interface Change {
  readonly resource: string
  readonly record_id: string
  readonly event: string
  readonly action: string | null
  readonly before: object | null
  readonly after: object | null
  readonly user_id: string | null
  readonly trace_id: string | null
}
const NOBODY = { action: null, user_id: null, trace_id: null }

describe('functions of the database', () => {
  let url: string
  let client: Client
  const sql = async (statement: string, values: unknown[] = []) =>
    (await client.query<Record<string, any>>(statement, values)).rows

  before(async () => {
    url = await createDatabase()
    client = new Client(url)
    await client.connect()
    const tables = lowerAll(DECLARED).map(({ table }) => table!)
    await client.query(createSql(tables).join(';\n'))
  })
  after(async () => {
    await client.end()
    await dropDatabase(url)
  })

  describe('uuid_v7()', () => {
    const millisecondsOf = (uuid: string) => parseInt(uuid.replace(/-/g, '').slice(0, 12), 16)
    const made = async (count: number): Promise<string[]> =>
      (await sql('select uuid_v7() as id from generate_series(1, $1)', [count])).map(({ id }) => id as string)

    it('has the bits of version and variant', async () => {
      const uuids = await made(500)
      for (const uuid of uuids)
        assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.equal(new Set(uuids).size, uuids.length)
      // All other bits are random: each digit behind them takes every value.
      for (const position of [15, 20, 24, 35])
        assert.equal(new Set(uuids.map((uuid) => uuid[position])).size, 16)
    })

    it('begins with the milliseconds of now', async () => {
      const from = Date.now()
      const [uuid] = await made(1)
      const at = millisecondsOf(uuid!)
      // Rounded, and the server's clock may be read a moment before ours.
      assert.ok(from - 2 <= at && at <= Date.now() + 2, `${from} ${at}`)
    })

    it('is in the order of time, as text and as UUID', async () => {
      const uuids = (await sql(`
        select id::text as id from (
          select n, pg_sleep(0.002), uuid_v7() as id from generate_series(1, 30) n
        ) made order by n`)).map(({ id }) => id as string) // prettier-ignore
      assert.deepEqual([...uuids].sort(), uuids)
      const [row] = await sql('select array_agg(id order by id)::text[] as ids from unnest($1::uuid[]) id', [uuids]) // prettier-ignore
      assert.deepEqual(row!.ids, uuids)
    })

    it('never goes back within one statement', async () => {
      const times = (await made(2000)).map(millisecondsOf)
      assert.ok(times.every((time, index) => index === 0 || time >= times[index - 1]!))
    })
  })

  describe('record_change()', () => {
    beforeEach(async () => void (await client.query('truncate parents, children, notes, things, changes restart identity'))) // prettier-ignore

    /** Without what the truncation between two tests is recorded as. */
    const changes = async (): Promise<Change[]> =>
      (await sql(`select resource, record_id, event, action, before, after, user_id, trace_id from changes where event <> 'reset' order by id`)) as Change[] // prettier-ignore
    const told = async () =>
      (await changes()).map(({ event, resource, record_id }) => `${event} ${resource} ${record_id}`)
    const forget = () => client.query('truncate changes')
    const context = (value: object) => client.query(`select set_config('app.context', $1, true)`, [JSON.stringify(value)]) // prettier-ignore

    it('of what SQL by hand inserts, updates and deletes', async () => {
      await sql(`insert into parents (name) values ('a')`)
      await sql(`update parents set name = 'b'`)
      await sql(`delete from parents`)
      const [one, two] = [
        { id: 1, name: 'a' },
        { id: 1, name: 'b' }
      ]
      const record = { resource: 'parents', record_id: '1', ...NOBODY }
      assert.deepEqual(await changes(), [
        { ...record, event: 'created', before: null, after: one },
        { ...record, event: 'patched', before: one, after: two },
        { ...record, event: 'removed', before: two, after: null }
      ])
    })

    it('of a record whose id was changed, as of one that went and one that came', async () => {
      await sql(`insert into parents (name) values ('a')`)
      await forget()
      await client.query('begin')
      await context({ user_id: 7, trace_id: 'abc' })
      await sql(`update parents set id = 9, name = 'b'`)
      await client.query('commit')
      const record = { resource: 'parents', action: null, user_id: '7', trace_id: 'abc' }
      assert.deepEqual(await changes(), [
        { ...record, record_id: '1', event: 'removed', before: { id: 1, name: 'a' }, after: null },
        { ...record, record_id: '9', event: 'created', before: null, after: { id: 9, name: 'b' } }
      ])
    })

    it('of every row of a statement, in their order', async () => {
      await sql(`insert into parents (name) select 'x' from generate_series(1, 3)`)
      await sql(`update parents set name = 'y' where id < 3`)
      assert.deepEqual(await told(), ['created parents 1', 'created parents 2', 'created parents 3', 'patched parents 1', 'patched parents 2']) // prettier-ignore
    })

    it('of what goes with a record, or lets go of it', async () => {
      await sql(`insert into parents (name) values ('a'), ('b')`)
      await sql(`insert into children (parent_id) values (1), (1), (2)`)
      await sql(`insert into notes (parent_id) values (1)`)
      await forget()
      await sql(`delete from parents where id = 1`)
      assert.deepEqual((await told()).sort(), ['patched notes 1', 'removed children 1', 'removed children 2', 'removed parents 1']) // prettier-ignore
      const note = (await changes()).find(({ resource }) => resource === 'notes')!
      assert.deepEqual([note.before, note.after], [{ id: 1, parent_id: 1 }, { id: 1, parent_id: null }]) // prettier-ignore
    })

    it('leaves secrets out, also where nothing else changed', async () => {
      await sql(`insert into parents (name, secret) values ('a', 'hush')`)
      await sql(`update parents set secret = 'hush hush'`)
      assert.deepEqual(
        (await changes()).map(({ before, after }) => [before, after]),
        [
          [null, { id: 1, name: 'a' }],
          [
            { id: 1, name: 'a' },
            { id: 1, name: 'a' }
          ]
        ]
      )
      assert.doesNotMatch(JSON.stringify(await changes()), /hush/)
    })

    it('says who, in which request and by what, until the transaction ends', async () => {
      await client.query('begin')
      await context({ user_id: 7, trace_id: 'abc', event: 'updated' })
      await sql(`insert into parents (name) values ('a')`)
      await sql(`update parents set name = 'b'`)
      await sql(`delete from parents`)
      await client.query('commit')
      await sql(`insert into parents (name) values ('c')`)
      assert.deepEqual((await changes()).map(({ event, user_id, trace_id }) => [event, user_id, trace_id]), [
        ['created', '7', 'abc'],
        ['updated', '7', 'abc'],
        ['removed', '7', 'abc'],
        ['created', null, null]
      ]) // prettier-ignore
    })

    it('takes an empty context for none', async () => {
      for (const value of ['', '{}', '{"user_id": null}']) {
        await client.query(`begin; set local app.context = '${value}'`)
        await sql(`insert into parents (name) values ('a')`)
        await client.query('commit')
      }
      assert.deepEqual((await changes()).map(({ user_id, action }) => [user_id, action]), Array(3).fill([null, null])) // prettier-ignore
    })

    it('tells of an action on its own record only', async () => {
      await sql(`insert into parents (name) values ('a'), ('b')`)
      await sql(`insert into children (parent_id) values (1)`)
      await forget()
      await client.query('begin')
      await context({ resource: 'parents', action: 'close', id: '1' })
      await sql(`update parents set name = 'c'`)
      await sql(`update children set parent_id = 2`)
      await client.query('commit')
      assert.deepEqual((await changes()).map(({ resource, record_id, action }) => [resource, record_id, action]), [
        ['parents', '1', 'close'],
        ['parents', '2', null],
        ['children', '1', null]
      ]) // prettier-ignore
    })

    it('tells of an action on no record of all records of its resource', async () => {
      await client.query('begin')
      await context({ resource: 'parents', action: 'import' })
      await sql(`insert into parents (name) values ('a'), ('b')`)
      await sql(`insert into children (parent_id) values (1)`)
      await client.query('commit')
      assert.deepEqual((await changes()).map(({ action }) => action), ['import', 'import', null]) // prettier-ignore
    })

    it('tells nothing of what is rolled back', async () => {
      await client.query('begin')
      await sql(`insert into parents (name) values ('a')`)
      await client.query('rollback')
      assert.deepEqual(await changes(), [])
    })

    it('writes times in UTC, whoever’s session it is, and UUIDs as they are', async () => {
      await client.query(`begin; set local timezone = 'Asia/Kolkata'`)
      const [row] = await sql(`insert into things (at) values ('1890-01-01T00:00:00Z') returning id`)
      const [zone] = await sql('show timezone')
      await client.query('commit')
      const [change] = await changes()
      assert.deepEqual(change!.after, { id: row!.id, at: '1890-01-01T00:00:00+00:00' })
      assert.equal(change!.record_id, row!.id)
      assert.equal(zone!.TimeZone, 'Asia/Kolkata')
    })
  })
})

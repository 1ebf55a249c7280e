import assert from 'node:assert/strict'
import { Type } from '@feathersjs/typebox'
import type { ErrorCode } from '../../packages/rachis/src/errors/errors'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import type { ActionContext } from '../../packages/rachis/src/declare'
import { onServer } from '../helpers/database'
import type { Answer, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const input = Type.Object({ state: Type.String() }, { additionalProperties: false })
const output = Type.Object({ pid: Type.Integer() })

/** The server's process that the last call ran in. */
let lastPid = 0

/** Raises whatever error it is asked for, in PostgreSQL itself. */
const refusals = defineResource('refusals' as never, {
  fields: { name: text() },
  access: { read: anyone },
  actions: {
    raise: {
      on: 'collection',
      input,
      output,
      access: anyone,
      async run({ state }: { state: string }, { knex }: ActionContext<never>) {
        const { rows } = await knex.raw<{ rows: { pid: number }[] }>('select pg_backend_pid() as pid')
        lastPid = rows[0]!.pid
        if (state !== '00000')
          await knex.raw(`do $$ begin raise exception 'relation "users"' using errcode = '${state}'; end $$`)

        return rows[0]
      }
    }
  } as never
})

type Case = readonly [states: string, code: ErrorCode, isDropped?: boolean]
/** https://www.postgresql.org/docs/current/errcodes-appendix.html, class by class. */
const CASES: readonly Case[] = [
  ['01000 02000 03000', 'INTERNAL_ERROR'],
  ['08000 08001 08003 08004 08006 08007', 'UNAVAILABLE', true],
  // With a routine's name it comes from PostgreSQL, and we have broken the protocol.
  ['08P01', 'INTERNAL_ERROR', true],
  ['09000 0A000 0B000 0F000 0L000 0P000 0Z000 20000 21000', 'INTERNAL_ERROR'],
  ['22000 22003 22007 22008 22012 22021 22P02 22P05', 'VALIDATION_ERROR'],
  ['2200H', 'INTERNAL_ERROR'],
  ['23000 23P01', 'CONFLICT'],
  ['23001', 'STILL_REFERENCED'],
  ['23502 23514', 'VALIDATION_ERROR'],
  ['23503', 'MISSING_REFERENCE'],
  ['23505', 'DUPLICATE'],
  ['24000 25000 25P02', 'INTERNAL_ERROR'],
  ['25001', 'INTERNAL_ERROR', true],
  ['25006 25P03 25P04', 'UNAVAILABLE', true],
  ['26000 28000 28P01 3D000', 'UNAVAILABLE', true],
  ['27000 2B000 2D000 2F000 34000 38000 39000 3B000 3F000', 'INTERNAL_ERROR'],
  ['40000 40001 40002 40P01', 'CONFLICT'],
  ['40003', 'UNAVAILABLE', true],
  ['42000 42501 42601 42703 42883 42P01 42P05', 'INTERNAL_ERROR'],
  ['44000', 'INTERNAL_ERROR'],
  ['53000 53100 53200 53300 53400', 'UNAVAILABLE'],
  ['54000', 'VALIDATION_ERROR'],
  ['54001 54011 54023', 'BAD_REQUEST'],
  ['55000 55P02 55P04', 'INTERNAL_ERROR'],
  ['55006 55P03', 'UNAVAILABLE'],
  ['57000', 'INTERNAL_ERROR'],
  ['57014', 'UNAVAILABLE'],
  ['57P01 57P02 57P03 57P04 57P05', 'UNAVAILABLE', true],
  ['58000 58030 58P01 58P02', 'UNAVAILABLE', true],
  ['72000', 'CONFLICT'],
  ['F0000', 'INTERNAL_ERROR'],
  ['F0001', 'UNAVAILABLE'],
  ['HV000 P0001 P0002 P0003 P0004 XX000 XX001 XX002', 'INTERNAL_ERROR']
]

describe('what PostgreSQL refuses', () => {
  let world: World
  let owner: Person
  before(async () => {
    // One connection for calls: whether it was dropped shows by its process.
    world = await startWorld({ resources: [refusals as never], settings: { database: { pool_max: 2 } } })
    owner = await world.register('owner')
  })
  after(() => world.close())

  const raise = (state: string): Promise<Answer> =>
    world.rest(anonymous, 'POST', '/refusals/raise', { body: { state } })

  for (const [states, code, isDropped = false] of CASES)
    it(`${states} is ${code}${isDropped ? ', and its connection is not used again' : ''}`, async () => {
      for (const state of states.split(' ')) {
        const refused = await raise(state)
        assertRefused(refused, refused.body.error.field ? { code, field: refused.body.error.field } : { code })
        assert.equal(refused.body.error.code, code)
        assert.doesNotMatch(JSON.stringify(refused.body), /relation/)
        assert.equal(refused.headers.get('retry-after'), code === 'UNAVAILABLE' ? '2' : null, state)
      }
    })

  it('spends a connection where its server is going, and keeps it else', async () => {
    const pid = async () => (await raise('00000')).body.pid as number
    const isOpen = async (of: number) =>
      (await world.sql('select from pg_stat_activity where pid = $1', [of])).length === 1
    for (const [states, , isDropped = false] of CASES) {
      const state = states.split(' ')[0]!
      await raise(state)
      const spent = lastPid
      const used = [await pid(), await pid(), await pid()]
      if (isDropped) assert.ok(!used.includes(spent), state)
      else assert.ok(await isOpen(spent), state)
    }
  })

  describe('because it takes no writes', () => {
    const name = () => new URL(world.database).pathname.slice(1)
    const readOnly = async (value: string) =>
      onServer(async (client) => {
        await client.query(`alter database ${name()} ${value}`)
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name()])
      })
    const ready = async () => (await fetch(`${world.url}/health/ready`)).status
    const login = () => world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: PASSWORD } })
    const until = async (status: number, call: () => Promise<number>) => {
      while ((await call()) !== status);
    }

    it('is told by 503 and by ready, while reads go on, and over as soon as it is over there', async () => {
      await readOnly('set default_transaction_read_only = on')
      await until(503, async () => (await login()).status)
      assert.equal(await ready(), 503)
      const refused = await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })
      assertRefused(refused, { code: 'UNAVAILABLE' })
      assert.match(refused.body.error.message, /takes no writes/)
      assert.equal(refused.headers.get('retry-after'), '2')
      assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
      assert.equal((await fetch(`${world.url}/health`)).status, 200)
      // As after a failover: open connections stay with the server that takes no writes, only new ones reach the other.
      await onServer((client) => client.query(`alter database ${name()} reset default_transaction_read_only`))
      // One of them may still be met, and takes the others along.
      await login()
      assert.equal((await login()).status, 200)
      assert.equal(await ready(), 200)
      assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })).status, 201)
    })
  })
}) // prettier-ignore

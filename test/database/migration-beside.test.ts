import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { driftOf } from '../../packages/rachis/src/database/plan/drift'
import { createSql, downOf, planOf, upOf } from '../../packages/rachis/src/database/plan/plan'
import type { Allowed } from '../../packages/rachis/src/database/plan/decisions'
import type { Table } from '../../packages/rachis/src/model/table'
import {
  integer,
  nullable,
  renamed,
  text,
  Type,
  unique,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnySpec } from '../../packages/rachis/src/declare/any-resource'
import { bare } from '../compilers/bare'
import { Databases, execute, folderWithCore, plain } from './migrations'

const NO_DRIFT = { steps: [], refused: [], unheard: [] }
const NOTHING = { drop: new Set<string>(), narrow: new Set<string>() }
const short = (maxLength = 9) => text({ maxLength })
const of = (fields: AnySpec['fields'], more: Partial<AnySpec> = {}) => bare({ fields, ...more })
const big = () => Type.Integer({ column: 'bigint', minimum: 0 })

type Row = Record<string, unknown>

/** What changes, and what either program writes and reads meanwhile. */
interface Case {
  readonly name: string
  readonly from: Table
  readonly to: Table
  readonly allowed: Partial<Allowed>
  /** Of rows that are there. */
  readonly rows: string
  /** Statements of the program as it was before, whose columns are known to it, once the migration has run. */
  readonly old: string
  /** Those of the new one. */
  readonly next: string
  /** What the new program reads afterwards, and the old one. */
  readonly reads: readonly [next: Row[], old: Row[]]
}

const beside = (name: string) => ({ beside: new Set([name]) })

const CASES: readonly Case[] = [
  {
    name: 'another name of a column with a key, an index, a check of its own and one between columns',
    from: of({ a: unique(short()), n: integer() }, { indexes: [['a', 'n']], checks: { sense: 'length(a) <= n' }, versioned: true }),
    to: of({ b: renamed(unique(short(20)), 'a'), n: integer() }, { indexes: [['b', 'n']], checks: { sense: 'length(b) <= n' }, versioned: true }),
    allowed: beside('things.b'),
    rows: `insert into things (a, n) values ('x', 9), ('y', 9)`,
    old: `insert into things (a, n) values ('old', 9); update things set a = 'was' where a = 'x'`,
    next: `insert into things (b, n) values ('longer than nine', 99); update things set b = 'now' where b = 'y'`,
    reads: [
      [{ id: '1', b: 'was', version: '2' }, { id: '2', b: 'now', version: '2' }, { id: '3', b: 'old', version: '1' }, { id: '4', b: 'longer than nine', version: '1' }],
      [{ id: '1', a: 'was', version: '2' }, { id: '2', a: 'now', version: '2' }, { id: '3', a: 'old', version: '1' }, { id: '4', a: 'longer than nine', version: '1' }]
    ]
  },
  {
    name: 'another name of a column with a default',
    from: of({ a: withDefault(short(), 'x') }),
    to: of({ b: renamed(withDefault(short(), 'x'), 'a') }),
    allowed: beside('things.b'),
    rows: `insert into things (a) values ('y')`,
    old: `insert into things (a) values ('old'), (default)`,
    next: `insert into things (b) values ('new'), (default)`,
    reads: [
      [{ id: '1', b: 'y' }, { id: '2', b: 'old' }, { id: '3', b: 'x' }, { id: '4', b: 'new' }, { id: '5', b: 'x' }],
      [{ id: '1', a: 'y' }, { id: '2', a: 'old' }, { id: '3', a: 'x' }, { id: '4', a: 'new' }, { id: '5', a: 'x' }]
    ]
  },
  {
    name: 'another name of a column that may be null',
    from: of({ a: nullable(short()) }),
    to: of({ b: renamed(nullable(short()), 'a') }),
    allowed: beside('things.b'),
    rows: `insert into things (a) values ('y'), (null), ('z'), ('q')`,
    old: `update things set a = null where id = 1`,
    next: `update things set b = null where id = 3; update things set b = 'n' where id = 2`,
    reads: [
      [{ id: '1', b: null }, { id: '2', b: 'n' }, { id: '3', b: null }, { id: '4', b: 'q' }],
      [{ id: '1', a: null }, { id: '2', a: 'n' }, { id: '3', a: null }, { id: '4', a: 'q' }]
    ]
  },
  {
    name: 'another name and another type',
    from: of({ a: integer() }),
    to: of({ b: renamed(big(), 'a') }),
    allowed: beside('things.b'),
    rows: 'insert into things (a) values (1), (2)',
    old: 'update things set a = 11 where a = 1; insert into things (a) values (3)',
    next: 'update things set b = 5000000000 where b = 2; insert into things (b) values (4)',
    reads: [
      [{ id: '1', b: '11' }, { id: '2', b: '5000000000' }, { id: '3', b: '3' }, { id: '4', b: '4' }],
      [{ id: '1', a: 11 }, { id: '2', a: null }, { id: '3', a: 3 }, { id: '4', a: 4 }]
    ]
  },
  {
    name: 'another type under the same name, with all that stands on the column',
    from: of({ a: unique(withDefault(integer({ minimum: 0 }), 7)), n: integer() }, { indexes: [['a', 'n']], checks: { less: 'a < 100 or n > 1' }, versioned: true }),
    to: of({ a: unique(withDefault(big(), 7)), n: integer() }, { indexes: [['a', 'n']], checks: { less: 'a < 100 or n > 1' }, versioned: true }),
    allowed: beside('things.a'),
    rows: 'insert into things (a, n) values (1, 1), (2, 1)',
    old: 'update things set a = 11 where a = 1; insert into things (n) values (3)',
    next: 'update things set a = 5000000000, n = 2 where a = 2; insert into things (a, n) values (4, 4)',
    reads: [
      [{ id: '1', a: '11', version: '2' }, { id: '2', a: '5000000000', version: '2' }, { id: '3', a: '7', version: '1' }, { id: '4', a: '4', version: '1' }],
      [{ id: '1', _before_a: 11 }, { id: '2', _before_a: null }, { id: '3', _before_a: 7 }, { id: '4', _before_a: 4 }]
    ]
  },
  {
    name: 'a new column whose value is the same for all rows',
    from: of({ a: short() }, { versioned: true }),
    to: of({ a: short(), b: short() }, { versioned: true, indexes: ['b'] }),
    allowed: { values: new Map([['things.b', `'it''s'`]]) },
    rows: `insert into things (a) values ('y'), ('z')`,
    old: `insert into things (a) values ('old'); update things set a = 'was' where a = 'y'`,
    next: `insert into things (a, b) values ('new', 'own')`,
    reads: [
      [{ id: '1', b: "it's", version: '2' }, { id: '2', b: "it's", version: '1' }, { id: '3', b: "it's", version: '1' }, { id: '4', b: 'own', version: '1' }],
      [{ id: '1', a: 'was' }, { id: '2', a: 'z' }, { id: '3', a: 'old' }, { id: '4', a: 'new' }]
    ]
  },
  {
    name: 'a new column whose values come from the row',
    from: of({ a: short(), n: integer() }),
    to: of({ a: short(), n: integer(), b: text({ maxLength: 40 }) }),
    allowed: { values: new Map([['things.b', `case when n > 1 then upper(a) else a || '?' end`]]) },
    rows: `insert into things (a, n) values ('y', 1), ('z', 2)`,
    old: `insert into things (a, n) values ('old', 5)`,
    next: `insert into things (a, n, b) values ('new', 5, 'own')`,
    reads: [
      [{ id: '1', b: 'y?' }, { id: '2', b: 'Z' }, { id: '3', b: 'OLD' }, { id: '4', b: 'own' }],
      [{ id: '1', a: 'y' }, { id: '2', a: 'z' }, { id: '3', a: 'old' }, { id: '4', a: 'new' }]
    ]
  }
] // prettier-ignore

describe('columns that two programs use at once', () => {
  const databases = new Databases()
  let knex: Knex
  before(async function () {
    this.timeout(60_000)
    knex = await databases.empty()
    await migrate(knex, folderWithCore())
  })
  afterEach(async () => {
    const names = (await functions()).map(({ proname }) => `drop function "${proname}" cascade`)
    await execute(knex, [...names, 'drop table if exists things'])
  })
  after(() => databases.close())

  const rowsOf = async (row: Row | undefined) =>
    (await knex.raw<{ rows: Row[] }>(`select ${Object.keys(row ?? { id: 1 }).join(', ')} from things order by id`)).rows // prettier-ignore
  const assertAs = async (tables: readonly Table[], what: string) =>
    assert.deepEqual(await driftOf(knex, tables), NO_DRIFT, what)
  const functions = async () =>
    (
      await knex.raw<{ rows: { proname: string }[] }>(
        `select proname from pg_proc where proname like 'beside%'`
      )
    ).rows

  for (const { name, from, to, allowed, rows, old, next, reads } of CASES)
    it(`serve through ${name}, and there and back`, async function () {
      this.timeout(60_000)
      const { bridges: _bridges, ...declared } = to
      await execute(knex, [...createSql([from]), rows, 'truncate changes'])
      const plan = planOf(plain([from]), [to], { ...NOTHING, ...allowed })
      assert.deepEqual(plan.refused, [])
      assert.ok(plan.steps.every(({ risk }) => risk === 'none' || risk === 'may fail'), 'nobody is stopped')
      await execute(knex, upOf(plan.steps))
      await assertAs(plan.tables, 'as planned')
      const { rows: told } = await knex.raw<{ rows: unknown[] }>('select event from changes')
      assert.deepEqual(told, [], 'the feed is not told of what nobody sees')

      await execute(knex, [old, next])
      assert.deepEqual(await rowsOf(reads[0][0]), reads[0], 'what the new program reads')
      assert.deepEqual(await rowsOf(reads[1][0]), reads[1], 'what the old program reads')

      // Both still agree, and what is left is named.
      const kept = planOf(plain(plan.tables), [to])
      assert.deepEqual([kept.steps, kept.refused], [[], []])
      const column = [...(allowed.beside ? [...(allowed.beside as Set<string>)] : allowed.values!.keys())][0]!
      assert.deepEqual(kept.kept.map(({ name: one, flag }) => [one, flag]), [[column, 'finish']])

      const end = planOf(plain(plan.tables), [to], { ...NOTHING, finish: new Set([column]) })
      assert.deepEqual([end.refused, end.kept], [[], []])
      await execute(knex, upOf(end.steps))
      await assertAs([declared], 'as declared')
      assert.deepEqual(planOf(plain(end.tables), [to]), { steps: [], refused: [], kept: [], tables: end.tables })
      assert.deepEqual(await functions(), [])
      assert.deepEqual(await rowsOf(reads[0][0]), reads[0], 'nothing is lost')

      await execute(knex, downOf(end.steps))
      await assertAs(plan.tables, 'as while both programs served')
      assert.deepEqual(await rowsOf(reads[1][0]), reads[1], 'what the old program reads, again')
      await execute(knex, ['delete from things where id in (select id from things offset 1)', `delete from things where id = 2`])
      await execute(knex, downOf(plan.steps))
      await assertAs([from], 'as at first')
      await execute(knex, upOf(plan.steps))
      await assertAs(plan.tables, 'as planned, a second time')
    }) // prettier-ignore
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { anyone, belongsTo, COLUMN_TYPES, defineResource, integer, json, nullable, oneOf, textArray } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Predicate, RowPredicate } from '../../packages/rachis/src/declare/predicate'
import { not, TRUE } from '../../packages/rachis/src/declare/predicate'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import { rowOfChange } from '../../packages/rachis/src/rules/audience'
import type { FindRow } from '../../packages/rachis/src/rules/memory'
import { holds, inMemory, isInMemory } from '../../packages/rachis/src/rules/memory'
import { keysOfRow, keysOfUser, mayApply, restrictionOf } from '../../packages/rachis/src/rules/policy'
import { targetOf } from '../../packages/rachis/src/service/target'
import type { Database } from '../../packages/rachis/src/sql/database'
import { select } from '../../packages/rachis/src/sql/statements'
import { Binder, predicateSql } from '../../packages/rachis/src/sql/where'
import { DEPTH } from '../helpers/depth'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { bindings, PARENTS, plain, predicate, row, rule } from './predicate-arbitraries'
import { FIELDS, user } from './rule-arbitraries'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'

const ROWS = 200
const RUNS = 200 * DEPTH

const heads = defineResource('heads', {
  fields: {
    kind: oneOf('a', 'b'),
    rank: nullable(integer()),
    user_id: nullable(belongsTo('users', { allow_unreadable: true }))
  },
  access: { read: anyone }
}) as unknown as AnyResource
const predicated = defineResource('predicated', {
  soft_delete: true,
  search: ['word', 'note'],
  fields: { ...FIELDS, tags: nullable(textArray()), data: nullable(json()), parent_id: nullable(belongsTo('heads' as never)) },
  access: { read: anyone }
}) as unknown as AnyResource // prettier-ignore

const idsOf = (rows: readonly Json[]) => rows.map(({ id }) => Number(id)).sort((a, b) => a - b)
const quoted = (rows: readonly Json[]) => `'${JSON.stringify(rows).replace(/'/g, "''")}'`

describe('predicates', () => {
  let world: World
  let database: Database
  let model: Model
  /** Each record twice: as a read gives it, and as the feed gives it. */
  let rows: Json[]
  let changes: Json[]
  let find: FindRow

  const fill = async () => {
    const parents = Array.from({ length: PARENTS }, (_, index) => ({ id: index + 1, kind: index % 2 ? 'a' : 'b', rank: [null, 0, 1, 2, 3, null][index], user_id: index < 3 ? index + 1 : null })) // prettier-ignore
    await world.sql(`insert into users (email, username, password) select n || '@example.com', 'user ' || n, '' from generate_series(1, 3) n`) // prettier-ignore
    await world.sql(`insert into heads (id, kind, rank, user_id) overriding system value select id, kind, rank, user_id from jsonb_populate_recordset(null::heads, ${quoted(parents)})`) // prettier-ignore
    const samples = fc.sample(row, { numRuns: ROWS, seed: SEED })
    const names = Object.keys(samples[0]!).join(', ')
    await world.sql(`insert into predicated (${names}) select ${names} from jsonb_populate_recordset(null::predicated, ${quoted(samples)})`) // prettier-ignore
  }

  before(async () => {
    world = await startWorld({ resources: [heads, predicated] })
    database = createDatabase(world.app.get('postgresqlClient'))
    const [parent, lowered] = lowerAll([heads, predicated]) as [Model, Model]
    model = lowered
    await fill()
    rows = await database.query(select(targetOf(model), { where: TRUE }))
    const recorded = await database.query({ text: `select after from changes where resource = 'predicated' order by id`, values: [] }) // prettier-ignore
    changes = recorded.map(({ after }) => rowOfChange(model, after as Json) as Json)
    const byId = new Map((await database.query(select(targetOf(parent), { where: TRUE }))).map((one) => [one.id, one])) // prettier-ignore
    find = (resource, id) => (resource === 'heads' ? byId.get(id) : undefined)
    assert.deepEqual([rows.length, changes.length], [ROWS, ROWS])
  })
  after(() => world.close())

  /** The records for which each of these conditions holds, in one statement. */
  const found = async (...asked: ((binder: Binder) => string)[]): Promise<number[][]> => {
    const binder = new Binder()
    const columns = asked.map((sql, index) => `(${sql(binder)}) as "$${index}"`)
    const answers = await database.query({ text: `select id, ${columns.join(', ')} from predicated`, values: binder.values }) // prettier-ignore

    return asked.map((_, index) => idsOf(answers.filter((answer) => answer[`$${index}`] === true)))
  }
  const sqlOf = (asked: RowPredicate) => (binder: Binder) => predicateSql(asked, binder)
  const inRows = (asked: RowPredicate, some: readonly Json[]) => {
    const read = inMemory(asked)
    return idsOf(some.filter((one) => holds(read, one, find)))
  }

  it('are asked of columns of every type', () => {
    const types = new Set([...model.fields.values()].map(({ type }) => type))
    assert.deepEqual([...types].sort(), [...COLUMN_TYPES].sort())
  })

  it('are asked of rows that are the same out of the feed and out of a read', () => {
    const byId = new Map(changes.map((change) => [change.id, change]))
    for (const one of rows)
      for (const name of Object.keys(one)) assert.deepEqual(byId.get(one.id)![name], one[name], name)
  })

  it('mean the same in SQL and in memory, and so does their opposite', async () => {
    let [read, split] = [0, 0]
    const property = fc.asyncProperty(predicate, async (asked) => {
      const negated: RowPredicate = not(asked)
      const [bySql, opposite] = (await found(sqlOf(asked), sqlOf(negated))) as [number[], number[]]
      assert.deepEqual(bySql.filter((id) => opposite.includes(id)), [], 'both hold') // prettier-ignore
      if (!isInMemory(asked)) return void assert.throws(() => inMemory(asked), /cannot be asked of a row/)
      for (const some of [rows, changes]) {
        assert.deepEqual(inRows(asked, some), bySql, 'in memory')
        assert.deepEqual(inRows(negated, some), opposite, 'the opposite in memory')
      }
      read++
      if (bySql.length > 0 && bySql.length < ROWS) split++
    })
    await fc.assert(property, { numRuns: RUNS, seed: SEED })
    assert.ok(read > RUNS / 3 && split > read / 4, `${read} were read in memory, ${split} split the rows`)
  })

  it('are negated as PostgreSQL negates, also where nothing is known', async () => {
    const property = fc.asyncProperty(plain, async (asked) => {
      const own = (binder: Binder) => `not (${predicateSql(asked, binder)})`
      const [carried, negated] = await found(sqlOf(not(asked)), own)
      assert.deepEqual(carried, negated)
    })
    await fc.assert(property, { numRuns: RUNS, seed: SEED })
  })

  it('have one text for one shape, and stay what they are as JSON', async () => {
    const property = fc.property(predicate, (asked) => {
      const again = JSON.parse(JSON.stringify(asked)) as RowPredicate
      assert.deepEqual(again, asked)
      const [one, other] = [new Binder(), new Binder()]
      assert.equal(predicateSql(again, one), predicateSql(asked, other))
      assert.deepEqual(one.values, other.values)
      assert.ok(Object.isFrozen(asked))
    })
    fc.assert(property, { numRuns: RUNS, seed: SEED })
  })

  it('tell a row to exactly those for whom the rule holds', async () => {
    let told = 0
    const property = fc.asyncProperty(rule, fc.array(user, { minLength: 2, maxLength: 2 }), async (asked, users) => {
      if (!isKeyed(asked)) return
      for (const who of users) {
        const restriction = restrictionOf(asked, who)
        const [bySql] = await found(sqlOf(restriction))
        const keys = new Set(keysOfUser('predicated', asked, who))
        const hears = (one: Json) => keysOfRow('predicated', asked, one, find).some((key) => keys.has(key))
        assert.deepEqual(inRows(restriction, rows), bySql, 'in memory')
        assert.deepEqual(idsOf(changes.filter(hears)), bySql, 'by keys')
        assert.ok(bySql!.length === 0 || mayApply(asked, who), 'mayApply')
        if (bySql!.length > 0 && bySql!.length < ROWS) told++
      }
    }) // prettier-ignore
    await fc.assert(property, { numRuns: RUNS, seed: SEED })
    assert.ok(told > RUNS / 5, `only ${told} rules split the rows`)
  })

  /** Rules with texts in an order, or letters beyond ASCII in a pattern, are refused before anybody listens by them. */
  const isKeyed = (asked: Predicate): boolean => {
    try {
      keysOfUser('predicated', asked, null)
      return true
    } catch (error) {
      assert.match(String(error), /cannot be asked of a row in memory/)
      return false
    }
  }

  it('compare with what the user brings, also where it is not known', async () => {
    const property = fc.asyncProperty(bindings, user, async (asked, who) => {
      const [yes, no] = [restrictionOf(asked, who), restrictionOf(not(asked), who)]
      const [bySql, opposite] = (await found(sqlOf(yes), sqlOf(no))) as [number[], number[]]
      assert.deepEqual(bySql.filter((id) => opposite.includes(id)), [], 'both hold') // prettier-ignore
      if (!isInMemory(yes) || !isInMemory(no)) return
      assert.deepEqual([inRows(yes, rows), inRows(no, rows)], [bySql, opposite])
    })
    await fc.assert(property, { numRuns: RUNS, seed: SEED })
  })
})

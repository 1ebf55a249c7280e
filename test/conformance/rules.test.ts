import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DEPTH } from '../helpers/depth'
import { rowOfChange } from '../../packages/rachis/src/rules/audience'
import { lower } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import {
  allows,
  keysOfRow,
  keysOfUser,
  mayApply,
  restrictionOf
} from '../../packages/rachis/src/rules/policy'
import { targetOf } from '../../packages/rachis/src/service/target'
import type { Database } from '../../packages/rachis/src/sql/database'
import { selectCompared } from '../../packages/rachis/src/sql/compared'
import { select } from '../../packages/rachis/src/sql/statements'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { TRUE } from '../../packages/rachis/src/declare/predicate'
import type { AnyRule } from '../../packages/rachis/src/declare'
import { verify } from '../../packages/rachis/src/model/verify'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { resourceWith, row, rule, user } from './rule-arbitraries'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'

const ROWS = 240
/** The row as the feed recorded it depends on the session that wrote it, and on nothing else that may. */
const SESSIONS = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/New_York']

const idsOf = (rows: readonly Json[]) => rows.map(({ id }) => Number(id)).sort((a, b) => a - b)

describe('rules', () => {
  let world: World
  let database: Database
  /** Each record twice: as a read gives it, and as the feed gives it. */
  let rows: Json[]
  let changes: Json[]

  const found = async (model: Model, who: Json | null): Promise<number[]> => {
    const where = restrictionOf(model.rules.read, who)
    return where.kind === 'false'
      ? []
      : idsOf(await database.query(select(targetOf(model), { where }, ['id'])))
  }

  before(async () => {
    const resource = resourceWith(true)
    const model = lower(resource)
    world = await startWorld({ resources: [resource] })
    database = createDatabase(world.app.get('postgresqlClient'))
    const samples = fc.sample(row, { numRuns: ROWS, seed: SEED })
    for (const [index, zone] of SESSIONS.entries()) {
      const part = samples.filter((_, at) => at % SESSIONS.length === index)
      const names = Object.keys(part[0]!).join(', ')
      await world.sql(
        `set timezone = '${zone}'; insert into ruled (${names}) select ${names} from jsonb_populate_recordset(null::ruled, '${JSON.stringify(part).replace(/'/g, "''")}')`
      )
    }
    rows = await database.query(select(targetOf(model), { where: TRUE }))
    changes = (await database.query({ text: `select after from changes where resource = 'ruled' order by id`, values: [] })) as Json[] // prettier-ignore
    changes = changes.map(({ after }) => rowOfChange(model, after as Json) as Json)
  })
  after(() => world.close())

  it('reads a record out of the feed as a read of the table gives it', () => {
    assert.equal(rows.length, ROWS)
    const byId = new Map(rows.map((one) => [one.id, one]))
    for (const change of changes) assert.deepEqual(change, byId.get(change.id))
  })

  it('lets the same records through in SQL, in memory and by the keys of events', async () => {
    let [checked, through] = [0, 0]
    const property = fc.asyncProperty(
      rule,
      fc.array(user, { minLength: 3, maxLength: 3 }),
      async (read, users) => {
        const resource = resourceWith(read)
        const model = lower(resource)
        // Without the users: they have few of the properties that these rules ask for, which is checked elsewhere.
        verify([resource])
        for (const who of users) {
          const bySql = await found(model, who)
          const keys = new Set(keysOfUser('ruled', model.rules.read, who))
          const meets = (one: Json) => keysOfRow('ruled', model.rules.read, one).some((key) => keys.has(key))
          assert.deepEqual(idsOf(rows.filter((one) => allows(model.rules.read, who, one))), bySql, 'a row in memory') // prettier-ignore
          assert.deepEqual(idsOf(changes.filter((one) => allows(model.rules.read, who, one))), bySql, 'a change in memory') // prettier-ignore
          assert.deepEqual(idsOf(changes.filter(meets)), bySql, 'the keys of a change')
          assert.ok(bySql.length === 0 || mayApply(model.rules.read, who), 'mayApply')
          checked++
          if (bySql.length > 0 && bySql.length < ROWS) through++
        }
      }
    )
    await fc.assert(property, { numRuns: 300 * DEPTH, seed: SEED })
    assert.ok(through > checked / 5, `only ${through} of ${checked} rules split the rows`)
  })

  it('tells of a change of rights what two reads would differ in', async () => {
    const property = fc.asyncProperty(rule, user, user, async (read: AnyRule, from, to) => {
      const model = lower(resourceWith(read))
      const [before, after] = [restrictionOf(model.rules.read, from), restrictionOf(model.rules.read, to)]
      const [had, has] = [await found(model, from), await found(model, to)]
      const compare = async (finds: typeof before, other: typeof before, both: boolean) =>
        finds.kind === 'false' ? [] : idsOf(await database.query(selectCompared(targetOf(model), finds, other, both, ROWS + 1))) // prettier-ignore
      assert.deepEqual(await compare(before, after, false), had.filter((id) => !has.includes(id)), 'lost') // prettier-ignore
      assert.deepEqual(await compare(after, before, false), has.filter((id) => !had.includes(id)), 'gained') // prettier-ignore
      assert.deepEqual(await compare(after, before, true), has.filter((id) => had.includes(id)), 'kept') // prettier-ignore
    })
    await fc.assert(property, { numRuns: 60 * DEPTH, seed: SEED })
  })
})

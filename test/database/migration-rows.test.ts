import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Knex } from 'knex'
import { Client } from 'pg'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { driftOf } from '../../packages/rachis/src/database/plan/drift'
import { createSql, downOf, planOf, upOf } from '../../packages/rachis/src/database/plan/plan'
import { PHASES } from '../../packages/rachis/src/database/plan/step'
import type { Phase, Step } from '../../packages/rachis/src/database/plan/step'
import { DeclarationError } from '../../packages/rachis/src/declare/verify'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { fieldsOf } from '../../packages/rachis/src/declare/field-info'
import type { Table } from '../../packages/rachis/src/model/table'
import { verify } from '../../packages/rachis/src/model/verify'
import { byDepth } from '../helpers/depth'
import { upheaval } from './declaration-edits'
import { fill, rowsOf } from './declared-rows'
import type { Row } from './declared-rows'
import { Databases, folderWithCore, plain, tablesOf } from './migrations'

const NO_DRIFT = { steps: [], refused: [], unheard: [] }
const ANYTHING = { drop: { has: () => true }, narrow: { has: () => true } }

/** As the files of a migration run: one of its phases outside of a transaction. */
const inPhase = async (client: Client, phase: Phase, statements: readonly string[]) => {
  if (phase !== 'online') await client.query('begin')
  for (const sql of statements) await client.query(sql)
  if (phase !== 'online') await client.query('commit')
}
const run = async (client: Client, steps: readonly Step[], isBack = false) => {
  for (const phase of isBack ? [...PHASES].reverse() : PHASES) {
    const own = steps.filter((step) => step.phase === phase)
    await inPhase(client, phase, isBack ? downOf(own) : upOf(own))
  }
}

/** Numbers, and times of days, look otherwise in another type. */
const isSame = (before: string, after: string) =>
  before === after ||
  (before !== '' && Number(before) === Number(after)) ||
  (before === 'true' && after === '1') ||
  (before === 'false' && after === '0') ||
  Date.parse(before) === Date.parse(after)

const assertKept = (resource: AnyResource, before: Row, after: Row | undefined) => {
  assert.ok(after, `a record of ${resource.name} is gone`)
  for (const { name, was, computed } of fieldsOf(resource)) {
    const old = Object.hasOwn(before, name) ? before[name] : before[was ?? '']
    if (old === undefined || old === null || computed !== undefined) continue
    const now = after[name]
    assert.ok(typeof now === 'string' && isSame(old, now), `${resource.name}.${name} was ${old} and is ${now}`)
  }
} // prettier-ignore

/** A dropped column comes back without its values, and so without what asks for one. */
const returned = (tables: readonly Table[], steps: readonly Step[]): Table[] => {
  const dropped = new Set(
    steps.filter(({ kind }) => kind === 'drop column').map(({ table, name }) => `${table}.${name}`)
  )

  return tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) =>
      dropped.has(`${table.name}.${column.name}`) && !column.generated
        ? { ...column, nullable: true }
        : column
    )
  }))
}

/** What was edited at random is not always a declaration that somebody could start with. */
const isValid = (resources: readonly AnyResource[]): boolean => {
  try {
    verify(resources)
    return true
  } catch (error) {
    assert.ok(error instanceof DeclarationError, String(error))
    return false
  }
}

describe('migrations of tables with rows', () => {
  const databases = new Databases()
  let knex: Knex
  let client: Client
  before(async () => {
    const url = await databases.create()
    knex = databases.connect(url)
    await migrate(knex, folderWithCore())
    client = new Client(url)
    await client.connect()
  })
  after(async () => {
    await client.end()
    await databases.close()
  })

  const dropAll = async (names: readonly string[]) => {
    await client.query('rollback')
    for (const name of names) await client.query(`drop table if exists "${name}" cascade`)
    const { rows } = await client.query<{ drop: string }>(
      `select 'drop function ' || oid::regprocedure as drop from pg_proc where proname like 'beside\\_%'`
    )
    for (const { drop } of rows) await client.query(drop)
  }
  const assertAsDeclared = async (tables: readonly Table[], what: string) =>
    assert.deepEqual(await driftOf(knex, tables), NO_DRIFT, what)

  const rowsOfAll = async (resources: readonly AnyResource[]) => {
    const all = new Map<string, ReadonlyMap<string, Row>>()
    for (const { name } of resources) all.set(name, await rowsOf(client, name))

    return all
  }

  /** Anything may be lost, and what can be written beside its old column is, if it is asked for. */
  const decided = (a: readonly Table[], b: readonly Table[], isBeside: boolean) => {
    if (!isBeside) return ANYTHING
    const impossible = new Set(
      planOf(a, b, { ...ANYTHING, beside: ANYTHING.drop }).refused.map(({ name }) => name)
    )
    return { ...ANYTHING, beside: { has: (name: string) => !impossible.has(name) } }
  }

  const migrated = async (
    { before, after }: { before: AnyResource[]; after: AnyResource[] },
    isBeside: boolean
  ) => {
    const [a, b] = [tablesOf(before), tablesOf(after)]
    await client.query(createSql(a).join(';\n'))
    await fill(client, before, after)
    await assertAsDeclared(a, 'as declared at first')
    const rows = await rowsOfAll(before)
    const { steps, refused, tables } = planOf(plain(a), b, decided(plain(a), b, isBeside))
    if (refused.length > 0) return
    await run(client, steps)
    await assertAsDeclared(tables, 'as declared anew')
    assert.deepEqual(planOf(tables, b).steps, [])
    const later = await rowsOfAll(after)
    for (const resource of after)
      for (const [id, row] of rows.get(resource.name) ?? []) assertKept(resource, row, later.get(resource.name)!.get(id)) // prettier-ignore
    await run(client, steps, true)
    await assertAsDeclared(returned(a, steps), 'as declared at first, again')
    await run(client, steps)
    await assertAsDeclared(tables, 'as declared anew, a second time')
  }

  it('lose nothing that is declared, and lead there and back', async function () {
    this.timeout(1_200_000)
    const property = fc.asyncProperty(upheaval, fc.boolean(), async (drawn, isBeside) => {
      fc.pre(isValid(drawn.before) && isValid(drawn.after))
      const names = [...drawn.before, ...drawn.after].map(({ name }) => name)
      await migrated(drawn, isBeside).finally(() => dropAll(names))
    })
    await fc.assert(property, { numRuns: byDepth(5, 200, 200), seed: 20261129, endOnFailure: true })
  })
})

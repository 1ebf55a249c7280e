import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { migrate, rollback } from '../../packages/rachis/src/database/migrate'
import { migrationFiles } from '../../packages/rachis/src/database/migration-file'
import { planOf } from '../../packages/rachis/src/database/plan/plan'
import type { AnyResource, AnySpec } from '../../packages/rachis/src/declare/any-resource'
import { fieldsOf } from '../../packages/rachis/src/declare/field-info'
import type { FieldInfo } from '../../packages/rachis/src/declare/field-info'
import { verify } from '../../packages/rachis/src/model/verify'
import { integer, renamed, text } from '../../packages/rachis/src/declare'
import { declared } from '../compilers/declared'
import { COLUMNS, PARTS, VALUES } from '../compilers/migration-edits'
import { MIGRATIONS } from '../helpers/database'
import { byDepth, isDeep } from '../helpers/depth'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Load } from './load'
import type { Work } from './load'
import { Databases, folderWith, tablesOf } from './migrations'

const ROWS = byDepth(200, 1000, 5000)
const ACCESS = { read: true, create: true, update: true, remove: true } as const

interface Case {
  readonly from: AnyResource
  readonly to: AnyResource
  readonly value?: readonly [column: string, sql: string]
}

const resource = (spec: Partial<AnySpec>, name: string): AnyResource =>
  declared({ timestamps: false, ...spec, access: ACCESS }, name)

const isDeclarable = (one: AnyResource): boolean => {
  try {
    verify([one])
    return true
  } catch {
    return false
  }
}

/** The columns of these tables, by all their names. */
const namesOf = (resources: readonly AnyResource[]) => tablesOf(resources).flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)) // prettier-ignore

const NOTHING = { drop: new Set<string>(), narrow: new Set<string>() }

/** Not those of which the plan says that the old program fails, or that they refuse to be written beside the old column. */
const isBeside = (from: AnyResource, to: AnyResource): boolean => {
  const beside = new Set(namesOf([to]))
  return planOf(tablesOf([from]), tablesOf([to]), { ...NOTHING, beside }).refused.length === 0
}

/** Edits of the corpus that lose nothing and refuse nothing of before, each in a table of its own. */
const corpus = (): Case[] =>
  [...COLUMNS, ...VALUES, ...PARTS]
    .filter(({ plan, refused = [], drop, narrow }) => plan.length > 0 && refused.length === 0 && !drop && !narrow)
    .map(({ from, to }, at) => ({ from: resource(from, `edit_${at}`), to: resource(to, `edit_${at}`) }))
    .filter(({ from, to }) => isDeclarable(from) && isDeclarable(to) && isBeside(from, to))
    .filter((_one, at) => isDeep || at % 3 === 0) // prettier-ignore

const short = () => text({ maxLength: 20 })
const OWN: readonly Case[] = [
  {
    from: resource({ fields: { a: short(), n: integer() }, indexes: ['a'], versioned: true }, 'given'),
    to: resource(
      { fields: { a: short(), n: integer(), b: short() }, indexes: ['a'], versioned: true },
      'given'
    ),
    value: ['given.b', `a || '!'`]
  },
  {
    from: resource({ fields: { a: short(), n: integer() }, checks: { fits: 'length(a) <= n' } }, 'named'),
    to: resource(
      { fields: { b: renamed(short(), 'a'), n: integer() }, checks: { fits: 'length(b) <= n' } },
      'named'
    )
  }
]

let count = 0
const valueOf = ({ enum: words, type }: FieldInfo): unknown => {
  if (words) return words[0]
  if (type === 'text') return `v${(count++).toString(36)}`.slice(0, 9)
  if (type === 'boolean') return true
  if (type === 'date') return '2026-01-31'

  return type === 'timestamptz(3)' ? '2026-01-31T00:00:00Z' : 20 + (count++ % 1_000_000)
}

const workOn = (one: AnyResource): Work => {
  const fields = fieldsOf(one).filter(({ writable, nullable }) => writable === 'always' && !nullable)
  const body = () => Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]))

  return { path: one.name, body, change: body, query: 'sort=-id&limit=5' }
}

describe('the edits of the corpus while two programs serve', () => {
  const databases = new Databases()
  let old: World
  let next: World | undefined
  const CASES = [...corpus(), ...OWN]
  const [earlier, later] = [CASES.map(({ from }) => from), CASES.map(({ to }) => to)]
  const folder = folderWith()
  let written = 0
  /** The files of a migration, and how many. */
  const write = (steps: Parameters<typeof migrationFiles>[0]) => {
    const files = migrationFiles(steps)
    for (const { text: file, suffix } of files) writeFileSync(path.join(folder, `2099${String(written++).padStart(4, '0')}_edit${suffix}.ts`), file)

    return files.length
  } // prettier-ignore

  before(async function () {
    this.timeout(120_000)
    old = await startWorld({ resources: earlier })
    for (const work of earlier.map(workOn)) await fillTable(work)
  })
  after(async () => {
    await next?.close()
    await old?.close()
    await databases.close()
  })

  const fillTable = async ({ path: table, body }: Work) => {
    const row = JSON.stringify(Array.from({ length: ROWS }, body))
    const name = table
    const columns = Object.keys(body()).map((column) => `"${column}"`).join(', ')
    if (columns !== '') await old.sql(`insert into "${name}" (${columns}) select ${columns} from jsonb_populate_recordset(null::"${name}", $1)`, [row])
  } // prettier-ignore

  /** The new program, whose own folder would have these migrations. */
  const startNext = async () => {
    const own = await old.sql(`delete from knex_migrations where name like '2099%' returning name, batch`)
    const started = await startWorld({ resources: later, database: old.database })
    for (const { name, batch } of own as { name: string; batch: number }[])
      await old.sql('insert into knex_migrations (name, batch, migration_time) values ($1, $2, now())', [
        name,
        batch
      ])

    return started
  }

  it('fail no request of either, from before the migration until the old program has gone, and back', async function () {
    this.timeout(600_000)
    assert.ok(CASES.length > (isDeep ? 25 : 8), `${CASES.length} edits`)
    const knex = databases.connect(old.database)
    const values = new Map(CASES.flatMap(({ value }) => (value ? [value] : [])))
    const beside = new Set(namesOf(later))
    const { steps, refused, tables } = planOf(tablesOf(earlier), tablesOf(later), { ...NOTHING, values, beside }) // prettier-ignore
    assert.deepEqual(refused, [])
    const files = write(steps)
    const load = new Load(old, earlier.map(workOn))
    await load.rounds(1)
    await migrate(knex, [...MIGRATIONS, folder])
    next = await startNext()
    const loadOfNext = new Load(next, later.map(workOn))
    await loadOfNext.rounds(2)
    await load.rounds(1)
    assert.deepEqual([...load.failures.slice(0, 3), ...loadOfNext.failures.slice(0, 3)], [])

    await load.end()
    const kept = planOf(tables, tablesOf(later)).kept.map(({ name }) => name)
    assert.ok(kept.length >= 3, kept.join())
    const last = write(planOf(tables, tablesOf(later), { ...NOTHING, finish: new Set(kept) }).steps)
    await migrate(knex, [...MIGRATIONS, folder])
    await loadOfNext.rounds(1)
    for (let file = 0; file < last; file++) await rollback(knex, [...MIGRATIONS, folder])
    await loadOfNext.rounds(1)
    await loadOfNext.end()
    assert.deepEqual([...load.failures.slice(0, 3), ...loadOfNext.failures.slice(0, 3)], [])

    const again = new Load(old, earlier.map(workOn))
    await again.rounds(1)
    for (let file = 0; file < files; file++) await rollback(knex, [...MIGRATIONS, folder])
    await again.rounds(1)
    await again.end()
    assert.deepEqual(again.failures.slice(0, 3), [])
  })
})

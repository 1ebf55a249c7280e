import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { migrate, rollback } from '../../packages/rachis/src/database/migrate'
import { migrationFiles } from '../../packages/rachis/src/database/migration-file'
import { planOf } from '../../packages/rachis/src/database/plan/plan'
import {
  belongsTo,
  defineResource,
  integer,
  nullable,
  oneOf,
  text,
  Type,
  unique,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnySpec } from '../../packages/rachis/src/declare/any-resource'
import { tableOf } from '../compilers/declared'
import { MIGRATIONS } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import type { World } from '../helpers/world'
import { Load } from './load'
import { startWorld } from '../helpers/world'
import { Databases, folderWith } from './migrations' // prettier-ignore

const short = () => text({ maxLength: 50 })
const whole = () => Type.Integer({ column: 'bigint' })
const FIELDS = {
  name: short(),
  kind: oneOf('a', 'b'),
  amount: integer({ minimum: 0 }),
  note: nullable(short()),
  user_id: nullable(whole())
}
const spec = (fields: object = {}, more: Partial<AnySpec> = {}): AnySpec => ({
  fields: { ...FIELDS, ...fields },
  access: { read: true, create: true, update: true, remove: true },
  ...more
})
const CARGO = defineResource('cargo', spec() as never)

/** Changes that the program as it was before can go on with, each from the one before. */
const EDITS: readonly (readonly [name: string, to: AnySpec, narrow?: string])[] = [
  ['a column with a default', spec({ place: withDefault(short(), 'here') })],
  ['an index', spec({}, { indexes: ['name', ['kind', 'amount']] })],
  ['unique', spec({}, { unique: [['name', 'id']] })],
  ['one more word', spec({ kind: oneOf('a', 'b', 'c') })],
  ['a check between columns', spec({}, { checks: { small: "amount < 1000000 or kind = 'b'" } })],
  ['a foreign key', spec({ user_id: nullable(belongsTo('users')) })],
  ['a default in place of null', spec({ note: withDefault(short(), 'none') }), 'cargo.note'],
  ['larger numbers', spec({ amount: Type.Integer({ column: 'bigint', minimum: 0 }) })],
  ['versions', spec({}, { versioned: true })],
  ['a search', spec({}, { search: ['name'] })],
  ['a unique column', spec({ code: nullable(unique(short())) })]
]
const ROWS = 20_000

describe('migrations while the program as it was before serves (TEST_DEPTH=2)', () => {
  const databases = new Databases()
  let world: World
  before(async function () {
    onlyInDepth(this)
    this.timeout(120_000)
    world = await startWorld({ resources: [CARGO as never] })
    await world.sql(`set app.recording = off; insert into cargo (name, kind, amount) select 'n' || n, 'a', n from generate_series(1, ${ROWS}) n; reset app.recording`) // prettier-ignore
  })
  after(async () => {
    await world?.close()
    await databases.close()
  })

  for (const [index, [name, to, narrow]] of EDITS.entries())
    it(`fail no request: ${name}`, async function () {
      this.timeout(180_000)
      const knex = databases.connect(world.database)
      const plan = planOf([tableOf(spec(), 'cargo')], [tableOf(to, 'cargo')], { drop: new Set(), narrow: new Set([narrow ?? '']) }) // prettier-ignore
      assert.deepEqual(plan.refused, [])
      const folder = folderWith()
      const files = migrationFiles(plan.steps)
      for (const [place, { text: file }] of files.entries())
        writeFileSync(path.join(folder, `2099${index}${place}_edit.ts`), file)
      const load = new Load(world, [
        {
          path: 'cargo',
          body: () => ({ name: 'x', kind: 'a', amount: 5, note: 'n' }),
          change: () => ({ amount: 7 }),
          query: 'kind=a&sort=-id&limit=5'
        }
      ])
      await migrate(knex, [...MIGRATIONS, folder])
      for (const _file of files) await rollback(knex, [...MIGRATIONS, folder])
      const before = load.count
      await load.end()
      assert.deepEqual(load.failures.slice(0, 5), [])
      assert.ok(before > 20, `${before} requests meanwhile`)
      assert.ok(load.slowest < 5000, `the slowest request took ${load.slowest} ms`)
    })
})

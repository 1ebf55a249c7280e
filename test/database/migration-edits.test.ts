import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { driftOf } from '../../packages/rachis/src/database/plan/drift'
import { createSql, downOf, planOf, upOf } from '../../packages/rachis/src/database/plan/plan'
import { bare } from '../compilers/bare'
import { COLUMNS, PARTS, VALUES } from '../compilers/migration-edits'
import { onlyInDepth } from '../helpers/depth'
import { Databases, execute, folderWithCore } from './migrations'

const NO_DRIFT = { steps: [], refused: [], unheard: [] }
const USERS = bare({}, 'users')

describe('edits of declarations, in a database (TEST_DEPTH=2)', () => {
  const databases = new Databases()
  let knex: Knex
  before(async function () {
    onlyInDepth(this)
    this.timeout(60_000)
    knex = await databases.empty()
    await migrate(knex, folderWithCore())
    await execute(knex, createSql([USERS]))
  })
  afterEach(() => execute(knex, ['drop table if exists things']))
  after(() => databases.close())

  for (const { name, from, to, drop = [], narrow = [] } of [...COLUMNS, ...VALUES, ...PARTS])
    it(`lead there and back: ${name}`, async () => {
      const before = bare(from)
      const { steps, tables } = planOf([before], [bare(to)], { drop: new Set(drop), narrow: new Set(narrow) })
      await execute(knex, createSql([before]))
      await execute(knex, upOf(steps))
      assert.deepEqual(await driftOf(knex, [USERS, ...tables]), NO_DRIFT)
      await execute(knex, downOf(steps))
      const back = await driftOf(knex, [USERS, before])
      // A dropped column comes back empty, and so without what asks for a value.
      if (drop.length === 0) assert.deepEqual(back, NO_DRIFT)
      await execute(knex, upOf(steps))
      assert.deepEqual(await driftOf(knex, [USERS, ...tables]), NO_DRIFT)
    })
})

import assert from 'node:assert/strict'
import { migrate, rollback } from '../../packages/rachis/src/database/migrate'
import { Databases, doing, folderWith } from './migrations'

describe('migrations that rows break', () => {
  const databases = new Databases()
  afterEach(() => databases.close())

  it('say what is applied and how they are found, and go on once they are corrected', async () => {
    const knex = await databases.empty()
    const head = 'export const config = { transaction: false }'
    const up = [`create table made (id int, word text)`, `insert into made values (1, 'old'), (2, 'new')`, `alter table made add constraint made_word check (word in ('new')) not valid`]
    const folder = folderWith({ '1.ts': doing(up.join('; ')), '2.ts': doing('alter table made validate constraint made_word', head) })
    let text = ''
    await assert.rejects(migrate(knex, folder), ({ message }: Error) => Boolean((text = message)))
    assert.match(text, /^The migration 2 failed: .*violated by some row.*before this one are applied.*Correct the rows and migrate again/s)
    const [, statement] = /This finds them: (.*)$/s.exec(text)!
    const found = await knex.raw<{ rows: unknown[] }>(statement!)
    assert.deepEqual(found.rows, [{ id: 1, word: 'old' }])
    await knex.raw(`update made set word = 'new'`)
    assert.deepEqual(await migrate(knex, folder), ['2'])
  }) // prettier-ignore

  it('say what to do where a word that rows have is taken back', async () => {
    const knex = await databases.empty()
    const down = `export const down = (knex) => knex.raw("alter table made add constraint made_word check (word in ('old'))")`
    const up = `export const up = (knex) => knex.raw("create table made (word text); insert into made values ('new')")`
    const folder = folderWith({ '1.ts': `${up}\n${down}\n` })
    await migrate(knex, folder)
    await assert.rejects(
      rollback(knex, folder),
      /violated by some row. Correct the rows .*, and roll back again$/
    )
  })
})

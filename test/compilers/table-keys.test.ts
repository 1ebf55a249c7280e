import assert from 'node:assert/strict'
import { belongsTo, oneOf, owner, text, Type, unique } from '../../packages/rachis/src/declare'
import { tableOf } from './declared'

const namesOf = (items: readonly { name: string }[]) => items.map(({ name }) => name)

const big = () => Type.Integer({ column: 'bigint' })

describe('table', () => {
  describe('keys', () => {
    it('primary, unique and foreign', () => {
      const { constraints } = tableOf({
        timestamps: false,
        fields: {
          code: unique(Type.String()),
          a: big(),
          user_id: belongsTo('users', { on_delete: 'set null' })
        },
        unique: [['a', 'user_id']]
      })
      assert.deepEqual(constraints, [
        { name: 'things_pkey', kind: 'primary key', fields: ['id'], sql: 'primary key ("id")' },
        { name: 'things_code_key', kind: 'unique', fields: ['code'], sql: 'unique ("code")' },
        { name: 'things_a_user_id_key', kind: 'unique', fields: ['a', 'user_id'], sql: 'unique ("a", "user_id")' },
        {
          name: 'things_user_id_fkey',
          kind: 'foreign key',
          fields: ['user_id'],
          references: 'users',
          sql: 'foreign key ("user_id") references "users" ("id") on delete set null'
        }
      ]) // prettier-ignore
    })

    it('an owner goes with their user, another reference keeps what it refers to', () => {
      const { constraints } = tableOf({ fields: { user_id: owner('users'), store_id: belongsTo('users') } })
      const foreign = constraints.filter(({ kind }) => kind === 'foreign key')
      assert.deepEqual(foreign.map(({ sql }) => sql.split('on delete ')[1]), ['cascade', 'restrict']) // prettier-ignore
    })

    it('quotes what is quoted in SQL', () => {
      const { constraints } = tableOf({ fields: { 'a"b': unique(text()) }, timestamps: false }, 'od"d')
      assert.deepEqual(constraints.slice(1).map(({ sql }) => sql), ['unique ("a""b")', 'check (char_length("a""b") <= 10000)']) // prettier-ignore
    })

    it('names of more than 63 bytes are cut and stay different', () => {
      const long = 'a_very_long_name_of_a_table_that_somebody_chose_for_it'
      const fields = { one_of_two_similar_columns_a: unique(oneOf('x')), one_of_two_similar_columns_b: unique(oneOf('x')) } // prettier-ignore
      const { constraints, indexes } = tableOf(
        { fields, indexes: [Object.keys(fields), Object.keys(fields).reverse()] },
        long
      )
      const all = namesOf([...constraints, ...indexes])
      assert.equal(new Set(all).size, all.length)
      assert.deepEqual(
        all.filter((name) => name.length > 63),
        []
      )
      assert.equal(all.filter((name) => name.length > 50).length, all.length)
    })

    it('cuts a name the same way each time', () => {
      const table = () => tableOf({ fields: { [`x${'y'.repeat(60)}`]: unique(text()) } })
      assert.deepEqual(table(), table())
    })
  })

  describe('indexes', () => {
    const user_id = belongsTo('users')
    const cases: [name: string, spec: Parameters<typeof tableOf>[0], names: string[]][] = [
      ['declared ones', { fields: { a: text() }, indexes: ['a', ['a', 'created_at']] }, ['things_a_idx', 'things_a_created_at_idx']],
      ['one for a foreign key', { fields: { user_id } }, ['things_user_id_idx']],
      ['none where it is declared', { fields: { user_id }, indexes: ['user_id'] }, ['things_user_id_idx']],
      ['none where another begins with it', { fields: { user_id, a: text() }, indexes: [['user_id', 'a']] }, ['things_user_id_a_idx']],
      ['one where another only ends with it', { fields: { user_id, a: text() }, indexes: [['a', 'user_id']] }, ['things_a_user_id_idx', 'things_user_id_idx']],
      ['none where it is unique', { fields: { user_id: unique(user_id) } }, []],
      ['none where a unique list begins with it', { fields: { user_id, a: text() }, unique: [['user_id', 'a']] }, []],
      ['one where a unique list ends with it', { fields: { user_id, a: text() }, unique: [['a', 'user_id']] }, ['things_user_id_idx']]
    ] // prettier-ignore

    for (const [name, spec, names] of cases)
      it(name, () => assert.deepEqual(namesOf(tableOf(spec).indexes), names))
  })
})

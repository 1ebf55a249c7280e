import assert from 'node:assert/strict'
import { audienceCompiler, audienceOfRow, rowOfChange } from '../../packages/rachis/src/rules/audience'
import {
  $user,
  anyone,
  integer,
  nullable,
  role,
  text,
  timestamp,
  Type
} from '../../packages/rachis/src/declare'
import { modelOf } from './declared'

const admin = role('admin')
const fields = { user_id: integer(), cost: integer() }
const tasks = modelOf({ fields, access: { read: { user_id: $user.id }, fields: { cost: { read: admin } } }, timestamps: false }, 'tasks') // prettier-ignore
const notes = modelOf({ fields: { body: text() }, access: { read: anyone }, timestamps: false }, 'notes')
const secrets = modelOf({ fields: { body: text() }, access: { create: anyone } }, 'secrets')

const ann = { id: 7, role: 'user' }
const boss = { id: 9, role: 'admin' }

describe('audience', () => {
  const audienceOf = audienceCompiler([tasks, notes, secrets])

  it('of a user: what they listen to, and what they see of it', () => {
    const { schemas, ...audience } = audienceOf(ann)
    assert.deepEqual([...schemas.keys()], ['tasks', 'notes', 'secrets'])
    assert.deepEqual(audience, {
      keys: ['tasks/0/[7]', 'notes/0/[]'],
      columns: new Map([
        ['tasks', ['id', 'user_id']],
        ['notes', ['id', 'body']]
      ]),
      fieldKeys: new Map()
    })
    assert.deepEqual(audienceOf(null).keys, ['notes/0/[]'])
    assert.deepEqual(audienceOf(boss).columns.get('tasks'), ['id', 'user_id', 'cost'])
  })

  it('has nothing of what nobody reads', () => assert.equal(audienceOf(boss).columns.has('secrets'), false))

  it('shares one list of columns among all who see the same, so that they are sent one packet', () => {
    const [one, other] = [audienceOf(ann), audienceOf({ ...ann, id: 8 })]
    assert.equal(one.columns.get('tasks'), other.columns.get('tasks'))
    assert.notEqual(one.columns.get('tasks'), audienceOf(boss).columns.get('tasks'))
  })

  it('of a row: who is told of its change', () => {
    assert.deepEqual(audienceOfRow(tasks, { id: 1, user_id: 7 }), ['tasks/0/[7]'])
    assert.deepEqual(audienceOfRow(tasks, { id: 1, user_id: null }), [])
    assert.deepEqual(audienceOfRow(tasks, null), [])
  })

  it('meets where, and only where, the rule allows', () => {
    const row = { id: 1, user_id: 7 }
    const meets = (user: object | null) =>
      audienceOfRow(tasks, row).some((key) => audienceOf(user).keys.includes(key))
    assert.deepEqual([ann, boss, null].map(meets), [true, false, false])
  })

  describe('a row out of the feed', () => {
    const model = modelOf({ fields: { at: nullable(timestamp()), body: text() }, soft_delete: true })
    const cases: [given: unknown, read: unknown][] = [
      ['2026-01-31T12:00:00+00:00', '2026-01-31T12:00:00.000Z'],
      ['2026-01-31T12:00:00.5+00:00', '2026-01-31T12:00:00.500Z'],
      ['2026-01-31T12:00:00.123+01:00', '2026-01-31T11:00:00.123Z'],
      ['0001-01-01T00:00:00+00:00', '0001-01-01T00:00:00.000Z'],
      [null, null],
      [undefined, null],
      ['what is no time', 'what is no time']
    ]
    for (const [given, read] of cases)
      it(`${String(given)} is ${String(read)}`, () =>
        assert.equal(rowOfChange(model, { at: given, body: '2026-01-31' })!.at, read))

    it('has no number where SQL by hand wrote one that JSON has not', () => {
      const numbers = modelOf({ fields: { ratio: nullable(Type.Number()) } })
      for (const [given, read] of [
        [1.5, 1.5],
        ['Infinity', null],
        ['NaN', null],
        [null, null]
      ])
        assert.equal(rowOfChange(numbers, { ratio: given })!.ratio, read)
    })

    it('is otherwise as it was', () => {
      const row = { id: 1, body: '2026-01-31T12:00:00+00:00', created_at: null, updated_at: null, deleted_at: null, at: null } // prettier-ignore
      assert.deepEqual(rowOfChange(model, row), row)
      assert.equal(rowOfChange(model, null), null)
    })
  })
})

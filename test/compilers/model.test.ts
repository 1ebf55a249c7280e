import assert from 'node:assert/strict'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { relationOf } from '../../packages/rachis/src/model/models'
import {
  belongsTo,
  integer,
  nullable,
  role,
  state,
  text,
  timestamp,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyRule } from '../../packages/rachis/src/declare'
import { declared, modelOf } from './declared'
import { ruled } from './predicates'

const admin = role('admin')

describe('model', () => {
  it('is what the declaration says, with what it leaves unsaid', () => {
    const model = modelOf({ fields: { a: text(), secret: writeOnly(text()) } })
    const { name, path, description, visible, softDelete, timestamps, page, batch, states } = model
    assert.deepEqual(
      { name, path, description, visible, softDelete, timestamps, page, batch, states },
      {
        name: 'things',
        path: 'things',
        description: '',
        visible: ['id', 'a', 'created_at', 'updated_at'],
        softDelete: false,
        timestamps: true,
        page: { default: 50, max: 100 },
        batch: 1000,
        states: undefined
      }
    )
    assert.ok(Object.isFrozen(model))
  })

  it('takes what is said instead', () => {
    const limits = { page: { default: 5 }, batch: 5 }
    const { path, page, batch, table } = modelOf({ path: 'a/b', limits, table: false })
    assert.deepEqual(
      { path, page, batch, table },
      { path: 'a/b', page: { default: 5, max: 100 }, batch: 5, table: undefined }
    )
  })

  describe('rules', () => {
    const fields = { at: timestamp(), note: nullable(text()), n: integer() }
    const cases: [name: string, rule: AnyRule | undefined, lowered: object[]][] = [
      ['a missing one', undefined, []],
      ['nobody', false, []],
      ['anyone', true, [{}]],
      ['a clause', { n: 1 }, [{ n: 1 }]],
      ['a list', [{ n: 1 }, admin], [{ n: 1 }, admin]],
      ['a time', { at: '2026-01-31' }, [{ at: '2026-01-31T00:00:00.000Z' }]],
      ['a time with an offset', { at: { $lt: '2026-01-31T01:00:00+01:00' } }, [{ at: { $lt: '2026-01-31T00:00:00.000Z' } }]],
      ['times', { at: { $in: ['2026-01-31'] } }, [{ at: { $in: ['2026-01-31T00:00:00.000Z'] } }]],
      ['a time of the user', { at: { $user: 'last_login' } }, [{ at: { $user: 'last_login' } }]],
      ['times of the user', { at: { $in: { $user: 'times' } } }, [{ at: { $in: { $user: 'times' } } }]],
      ['what only looks like a time', { note: '2026-01-31' }, [{ note: '2026-01-31' }]]
    ] // prettier-ignore
    for (const [name, rule, lowered] of cases)
      it(name, () => {
        const model = modelOf({ fields, access: { read: rule } })
        assert.deepEqual(model.rules.read, ruled(lowered as AnyRule, model.fields))
      })

    it('hide what is removed, but ask nothing of what is created', () => {
      const access = { read: [{ n: 1 }, admin], create: admin, update: true, remove: false } as const
      const model = modelOf({ fields, access, soft_delete: true })
      const expected = {
        read: [
          { n: 1, deleted_at: null },
          { ...admin, deleted_at: null }
        ],
        create: [admin],
        update: [{ deleted_at: null }],
        remove: []
      }
      const rules = Object.entries(expected).map(([name, rule]) => [name, ruled(rule, model.fields)])
      assert.deepEqual(model.rules, Object.fromEntries(rules))
    })
  })

  it('knows its states', () => {
    const fields = { status: state('a', 'b'), at: nullable(timestamp()) }
    const transitions = { go: { from: 'a', to: 'b', access: { at: '2026-01-31' }, set: { at: null } } }
    const model = modelOf({ fields, states: { field: 'status', transitions }, soft_delete: true })
    const { states } = model
    assert.deepEqual(states, {
      field: 'status',
      initial: ['a'],
      transitions: [
        {
          name: 'go',
          from: ['a'],
          to: 'b',
          rule: ruled([{ at: '2026-01-31T00:00:00.000Z', deleted_at: null }], model.fields),
          set: { at: null },
          run: undefined
        }
      ]
    })
    const initial = ['a', 'b']
    assert.deepEqual(modelOf({ fields, states: { field: 'status', initial, transitions } }).states!.initial, initial) // prettier-ignore
  })

  it('knows what it is related to, from both sides', () => {
    const [parents, children] = lowerAll([
      declared({ relations: { children: { many: 'children', by: 'parent_id' } } }, 'parents'),
      declared({ fields: { parent_id: belongsTo('parents' as never) }, relations: { parent: { one: 'parent_id' } } }, 'children')
    ]) // prettier-ignore
    assert.deepEqual(relationOf(children!, 'parent'), { name: 'parent', kind: 'one', column: 'parent_id', by: 'id', target: parents }) // prettier-ignore
    assert.deepEqual(relationOf(parents!, 'children'), { name: 'children', kind: 'many', column: 'id', by: 'parent_id', target: children }) // prettier-ignore
    assert.equal(relationOf(parents!, 'nonsense'), undefined)
  })
})

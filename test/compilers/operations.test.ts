import type { TSchema } from '@feathersjs/typebox'
import assert from 'node:assert/strict'
import {
  $user,
  anyone,
  authenticated,
  integer,
  nobody,
  nullable,
  role,
  state,
  text,
  timestamp,
  Type
} from '../../packages/rachis/src/declare'
import type { AnySpec } from '../../packages/rachis/src/declare/any-resource'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { modelOf } from './declared'
import { ruled } from './predicates'

const admin = role('admin')
const mine = { user_id: $user.id }
const NOTHING = Type.Object({}, { additionalProperties: false })
const run = async () => undefined
const all = { read: anyone, create: authenticated, update: admin, remove: admin }

const operations = (spec: Partial<AnySpec>, name?: string): readonly Operation[] =>
  modelOf(spec, name).operations
const find = (name: string, spec: Partial<AnySpec>): Operation =>
  operations(spec).find((operation) => operation.name === name)!
const lines = (spec: Partial<AnySpec>, name?: string) =>
  operations(spec, name).map(
    ({ name, effect, target, data, answers, http }) =>
      `${name} ${effect}s ${target}, ${data} → ${answers}: ${http.method} ${http.path} ${http.status}`
  )

const CRUD = [
  'find reads collection, none → page: GET /things 200',
  'get reads record, none → record: GET /things/{id} 200',
  'create writes collection, fields → record: POST /things 201',
  'update writes record, fields → record: PUT /things/{id} 200',
  'patch writes record, fields → record: PATCH /things/{id} 200',
  'remove writes record, none → record: DELETE /things/{id} 200'
]
const AGGREGATE = 'aggregate reads collection, input → output: GET /things/aggregate 200'

describe('operations', () => {
  describe('of records', () => {
    const cases: [name: string, spec: Partial<AnySpec>, lines: string[]][] = [
      ['all', { access: all }, [...CRUD, AGGREGATE]],
      ['none without a rule', { access: {} }, []],
      ['none without a table', { access: all, table: false }, []],
      ['reading', { access: { read: anyone } }, [...CRUD.slice(0, 2), AGGREGATE]],
      ['reading without sums', { access: { read: anyone }, aggregates: false }, CRUD.slice(0, 2)],
      ['creating', { access: { create: anyone } }, CRUD.slice(2, 3)],
      ['changing', { access: { update: anyone } }, CRUD.slice(3, 5)],
      ['removing', { access: { remove: anyone } }, CRUD.slice(5)],
      ['what nobody may is offered, and refused', { access: { read: nobody } }, [...CRUD.slice(0, 2), AGGREGATE]],
      [
        'removing softly, and bringing back',
        { access: { remove: admin }, soft_delete: true },
        [CRUD[5]!, 'restore writes record, input → record: POST /things/{id}/restore 200']
      ],
      ['nothing to bring back where nothing is removed', { access: { create: anyone }, soft_delete: true }, CRUD.slice(2, 3)],
      ['at a path of its own', { access: { create: anyone }, path: 'my-things' }, ['create writes collection, fields → record: POST /my-things 201']]
    ] // prettier-ignore
    for (const [name, spec, expected] of cases) it(name, () => assert.deepEqual(lines(spec), expected))

    it('have the rule of their kind', () => {
      const rules = operations({ access: all }).map(({ name, rule }) => [name, rule])
      assert.deepEqual(Object.fromEntries(rules), {
        find: ruled([{}]), get: ruled([{}]), create: ruled([authenticated]), update: ruled([admin]), patch: ruled([admin]), remove: ruled([admin]), aggregate: ruled([{}])
      }) // prettier-ignore
    })

    it('see no removed record, but for the one that brings it back', () => {
      const spec = { access: { read: [{ a: 1 }, admin], remove: admin }, soft_delete: true }
      const { fields } = modelOf(spec)
      assert.deepEqual(
        find('find', spec).rule,
        ruled(
          [
            { a: 1, deleted_at: null },
            { ...admin, deleted_at: null }
          ],
          fields
        )
      )
      assert.deepEqual(find('remove', spec).rule, ruled([{ ...admin, deleted_at: null }], fields))
      assert.deepEqual(find('restore', spec).rule, ruled([admin]))
    })

    it('tell their history to whoever may read them, also of what is removed', () => {
      const spec = { access: { read: mine }, soft_delete: true, audited: { days: 30 } }
      assert.ok(lines(spec).includes('history reads record, input → output: GET /things/{id}/history 200'))
      assert.deepEqual(find('history', spec).rule, ruled([mine]))
      assert.deepEqual(lines({ access: {}, audited: { days: 30 } }), [])
    })

    it('take what their input has and nothing else, at every level, unless it says so itself', () => {
      const inner = Type.Object({ a: Type.Integer() })
      const open = Type.Object({}, { additionalProperties: true })
      const input = Type.Object({
        list: Type.Array(inner),
        one: Type.Union([inner, Type.Null()]),
        open
      })
      const create = { input, run: async () => ({ id: 1 }) }
      const { properties, additionalProperties } = find('create', { access: all, create }).input
      const { list, one, ...rest } = properties as Record<string, TSchema>
      assert.deepEqual(
        [additionalProperties, list!.items.additionalProperties, one!.anyOf[0].additionalProperties],
        [false, false, false]
      )
      assert.deepEqual(rest, { open })
    })

    it('may be created by the declaration’s own code, in a transaction', () => {
      const input = Type.Object({ items: Type.Array(Type.Integer()) })
      const own = find('create', { access: all, create: { input, run: async () => ({ id: 1 }) } })
      assert.deepEqual(own.input, { ...input, additionalProperties: false })
      assert.equal(own.transaction, true)
      assert.deepEqual([own.data, find('create', { access: all }).data], ['input', 'fields'])
      assert.equal(find('create', { access: all }).transaction, false)
    })
  })

  describe('of states', () => {
    const fields = { status: state('new', 'in_work', 'done'), due: nullable(timestamp()), user_id: integer() }
    const spec = {
      fields,
      access: {},
      states: {
        field: 'status',
        transitions: {
          take: { from: 'new', to: 'in_work', access: { user_id: $user.id } },
          finish: { from: ['new', 'in_work'], to: 'done', access: [{ due: { $lt: '2026-01-01' } }, admin], summary: 'Finish it' } // prettier-ignore
        }
      }
    }

    it('have a path, and ask for nothing', () => {
      assert.deepEqual(lines(spec), [
        'take writes record, input → record: POST /things/{id}/take 200',
        'finish writes record, input → record: POST /things/{id}/finish 200'
      ])
      assert.deepEqual(find('take', spec).input, NOTHING)
      assert.equal(find('take', spec).transaction, true)
    })
    it('have another method or path where they say so', () => {
      const transitions = {
        take: { ...spec.states.transitions.take, http: { method: 'PATCH' } },
        finish: { ...spec.states.transitions.finish, http: { path: 'close/now' } }
      }
      assert.deepEqual(lines({ ...spec, states: { ...spec.states, transitions } } as never), [
        'take writes record, input → record: PATCH /things/{id}/take 200',
        'finish writes record, input → record: POST /things/{id}/close/now 200'
      ])
    })
    it('say what they do', () =>
      assert.deepEqual(operations(spec).map(({ summary }) => summary), ['Make a thing in work', 'Finish it'])) // prettier-ignore
    it('have a rule of their own, with times as rows have them', () =>
      assert.deepEqual(
        find('finish', spec).rule,
        ruled([{ due: { $lt: '2026-01-01T00:00:00.000Z' } }, admin], modelOf(spec).fields)
      ))
  })

  describe('of actions', () => {
    const action = { input: NOTHING, access: anyone, run }
    const cases: [name: string, action: object, line: string][] = [
      ['on a record', {}, 'ship writes record, input → record: POST /things/{id}/ship 200'],
      ['on the collection', { on: 'collection' }, 'ship writes collection, input → records: POST /things/ship 200'],
      ['with a method', { http: { method: 'PATCH' } }, 'ship writes record, input → record: PATCH /things/{id}/ship 200'],
      ['with a path', { http: { path: 'send/{by}' } }, 'ship writes record, input → record: POST /things/{id}/send/{by} 200'],
      ['with a path on the collection', { on: 'collection', http: { path: 'a/b' } }, 'ship writes collection, input → records: POST /things/a/b 200'],
      ['with a status', { http: { status: 202 } }, 'ship writes record, input → record: POST /things/{id}/ship 202']
    ] // prettier-ignore
    for (const [name, more, line] of cases)
      it(name, () => assert.deepEqual(lines({ actions: { ship: { ...action, ...more } } as never }), [line]))

    it('run in a transaction unless they say otherwise', () => {
      const actions = { a: action, b: { ...action, transaction: false } } as never
      assert.deepEqual(operations({ actions }).map(({ transaction }) => transaction), [true, false]) // prettier-ignore
    })
    it('pass on what they take, give, ask and do', () => {
      const output = Type.Object({ ok: Type.Boolean() })
      const actions = { mark_all: { ...action, output, access: admin } } as never
      const { rule, input, output: given, run: does, summary } = find('mark_all', { actions })
      assert.deepEqual({ rule, input, given, does, summary }, {
        rule: ruled([admin]), input: NOTHING, given: output, does: run, summary: 'Mark all (things)'
      }) // prettier-ignore
    })
    it('have a rule with times as rows have them', () => {
      const actions = { ship: { ...action, access: { due: '2026-01-01T01:00:00+01:00' } } } as never
      const fields = { due: timestamp() }
      assert.deepEqual(find('ship', { fields, actions }).rule, ruled([{ due: '2026-01-01T00:00:00.000Z' }], modelOf({ fields }).fields)) // prettier-ignore
    })
    it('are there without a table', () =>
      assert.deepEqual(lines({ table: false, actions: { ship: action } as never }), ['ship writes record, input → record: POST /things/{id}/ship 200'])) // prettier-ignore
  })

  it('of reports', () => {
    const report = { input: NOTHING, output: Type.Array(Type.Object({})), access: admin, run }
    const spec = {
      table: false,
      reports: { kpi: report, by_day: { ...report, http: { path: 'days/{day}' } } }
    }
    assert.deepEqual(lines(spec as never), [
      'kpi reads collection, input → output: GET /things/kpi 200',
      'by_day reads collection, input → output: GET /things/days/{day} 200'
    ])
    const { rule, output, run: does, transaction, summary } = find('by_day', spec as never)
    assert.deepEqual({ rule, output, does, transaction, summary }, {
      rule: ruled([admin]), output: report.output, does: run, transaction: false, summary: 'By day (things)'
    }) // prettier-ignore
  })

  it('are in an order that REST can match: records, steps, actions, reports', () => {
    const fields = { status: state('a', 'b'), name: text() }
    const transitions = { go: { from: 'a', to: 'b', access: anyone } }
    const some = { input: NOTHING, access: anyone, run }
    const spec = { fields, access: all, states: { field: 'status', transitions }, actions: { act: some }, reports: { tell: { ...some, output: NOTHING } } } // prettier-ignore
    assert.deepEqual(operations(spec as never).map(({ name }) => name), ['find', 'get', 'create', 'update', 'patch', 'remove', 'aggregate', 'go', 'act', 'tell']) // prettier-ignore
  })
})

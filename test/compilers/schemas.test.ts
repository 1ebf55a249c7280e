import assert from 'node:assert/strict'
import { dataSchema, defaultsOf } from '../../packages/rachis/src/model/schemas'
import type { Written } from '../../packages/rachis/src/model/schemas'
import { lazyValidator } from '../../packages/rachis/src/model/validator'
import {
  boolean,
  computed,
  immutable,
  integer,
  json,
  nullable,
  oneOf,
  owner,
  password,
  readOnly,
  recordOf,
  role,
  state,
  text,
  withDefault,
  writeOnly
} from '../../packages/rachis/src/declare'
import { declared, modelOf } from './declared'

const fields = {
  name: text({ maxLength: 5 }),
  note: nullable(text()),
  kind: withDefault(oneOf('a', 'b'), 'a'),
  status: state('new', 'open', 'done'),
  code: immutable(text()),
  mark: immutable(withDefault(integer(), 1)),
  rank: readOnly(withDefault(integer(), 0)),
  seen: readOnly(nullable(text())),
  twice: computed(integer(), 'rank * 2'),
  secret: writeOnly(text()),
  password: password(),
  hint: writeOnly(nullable(text())),
  user_id: owner('users'),
  cost: nullable(integer())
}
const spec = {
  fields,
  soft_delete: true,
  access: { fields: { cost: { read: role('admin'), write: role('admin') } } },
  states: { field: 'status', initial: ['new', 'open'], transitions: {} }
}
const model = modelOf(spec)

describe('schemas', () => {
  const CASES: [method: Written, properties: string[], required: string[]][] = [
    [
      'create',
      ['name', 'note', 'kind', 'status', 'code', 'mark', 'secret', 'password', 'hint', 'cost'],
      ['name', 'code', 'secret', 'password']
    ],
    ['update', ['name', 'note', 'kind', 'status', 'secret', 'password', 'hint', 'cost'], ['name']],
    ['patch', ['name', 'note', 'kind', 'status', 'secret', 'password', 'hint', 'cost'], []]
  ]
  for (const [method, properties, required] of CASES) {
    const schema = dataSchema(model, method)
    it(`${method} takes what a client may write`, () =>
      assert.deepEqual(Object.keys(schema.properties), properties))
    it(`${method} asks for what has no default`, () => assert.deepEqual(schema.required, required))
    it(`${method} refuses what it does not know`, () => assert.equal(schema.additionalProperties, false))
  }

  it('a creation begins in an initial state, a change may lead to any', () => {
    assert.deepEqual(dataSchema(model, 'create').properties.status!.enum, ['new', 'open'])
    assert.deepEqual(dataSchema(model, 'patch').properties.status!.enum, ['new', 'open', 'done'])
    const first = modelOf({ fields, states: { field: 'status', transitions: {} } })
    assert.deepEqual(dataSchema(first, 'create').properties.status!.enum, ['new'])
  })

  it('say nothing but JSON schema', () => {
    const nullableText = { type: ['string', 'null'], maxLength: 10_000 }
    assert.deepEqual({ ...dataSchema(model, 'create').properties.note }, nullableText)
    assert.deepEqual(dataSchema(modelOf({ fields: { a: nullable(oneOf('x')) } }), 'create').properties.a!.enum, ['x', null]) // prettier-ignore
    const annotations = ['column', 'unique', 'immutable', 'writeOnly', 'hash', 'references', 'owner', 'state', 'default'] // prettier-ignore
    for (const method of ['create', 'update', 'patch'] as const)
      for (const property of Object.values(dataSchema(model, method).properties))
        assert.deepEqual(annotations.filter((name) => name in property), []) // prettier-ignore
  })

  it('hold as a validator', () => {
    const create = lazyValidator(dataSchema(model, 'create'))
    const good = { name: 'x', code: 'y', secret: 'z', password: 'long-enough' }
    assert.deepEqual(create(good), [])
    assert.deepEqual(create({ ...good, note: null }), [])
    const wrong = { ...good, status: 'done', rank: 1, user_id: 1, id: 1, deleted_at: null }
    assert.deepEqual(create(wrong).map(({ field }) => field).sort(), ['deleted_at', 'id', 'rank', 'status', 'user_id']) // prettier-ignore
    assert.deepEqual(create({ ...good, name: null }).map(({ rule }) => rule), ['type']) // prettier-ignore
  })

  it('a record as it is read has no secrets, and asks for what everybody may read', () => {
    const record = recordOf(declared(spec))
    assert.deepEqual(Object.keys(record.properties), [
      'id', 'name', 'note', 'kind', 'status', 'code', 'mark', 'rank', 'seen', 'twice', 'user_id', 'cost', 'created_at', 'updated_at'
    ]) // prettier-ignore
    assert.deepEqual(
      Object.keys(record.properties).filter((name) => !record.required!.includes(name)),
      ['cost']
    )
  })

  it('a creation starts from the defaults, null where nothing else is said', () => {
    const more = { ...fields, on: withDefault(boolean(), false), data: withDefault(json(), { a: [1] }) }
    assert.deepEqual(defaultsOf(modelOf({ ...spec, fields: more })), {
      note: null, kind: 'a', status: 'new', mark: 1, rank: 0, seen: null, hint: null, cost: null, on: false, data: { a: [1] }
    }) // prettier-ignore
  })
})

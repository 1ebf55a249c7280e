import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { belongsTo, integer, owner, role, state, text, Type } from '../../packages/rachis/src/declare'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import { resources } from '../helpers/declared'
import { declared } from './declared'

const SNAPSHOT = path.join(__dirname, 'plain-model.json')
const models = lowerAll(resources)

const run = async () => undefined
const hooks = { before: { find: [() => undefined] } }

const declarations = () => [
  declared({ fields: { name: text() }, access: { read: true } }, 'shelves'),
  declared(
    {
      description: 'Jars on shelves',
      fields: {
        label: text({ maxLength: 20 }),
        price: integer({ minimum: 0 }),
        full_price: integer({ minimum: 0 }),
        status: state('open', 'closed'),
        shelf_id: belongsTo('shelves' as never),
        user_id: owner('users' as never)
      },
      access: { read: true, create: role('admin'), remove: role('admin') },
      relations: { shelf: { one: 'shelf_id' } },
      checks: { fair: { sql: 'price <= full_price', message: 'must not cost more' } },
      search: ['label'],
      members: { jar_ids: 'user_id' },
      states: { field: 'status', transitions: { close: { from: 'open', to: 'closed', access: role('admin'), run } } },
      actions: { fill: { access: role('admin'), input: Type.Object({ grams: Type.Integer() }), run } },
      audited: { days: 30 },
      retention: { days: 90 },
      soft_delete: true,
      hooks
    },
    'jars'
  )
] // prettier-ignore

const jars = (): Model => lowerAll(declarations())[1]!

/** Every object of a value, with the way to it. */
const partsOf = (value: unknown, place: string): [place: string, part: object][] => {
  if (typeof value !== 'object' || value === null) return []
  const entries = value instanceof Map ? [...value] : Object.entries(value)

  return [[place, value], ...entries.flatMap(([key, inner]) => partsOf(inner, `${place}.${String(key)}`))]
}

/** The places at which a value holds functions. */
const functionsIn = (value: unknown, place: string): string[] =>
  partsOf(value, place).flatMap(([at, part]) =>
    Object.entries(part).flatMap(([key, inner]) => (typeof inner === 'function' ? [`${at}.${key}`] : []))
  )

describe('a model as plain data', () => {
  it('is printed as JSON with all but code', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(jars())), JSON.parse(readFileSync(SNAPSHOT, 'utf8')))
  })

  it('is frozen with all that it holds, in every resource of the application and of accounts', () => {
    for (const model of [...models, jars()])
      for (const [place, part] of partsOf(model, model.name)) assert.ok(Object.isFrozen(part), place)
  })

  it('refuses another field, and the loss of one', () => {
    const fields = jars().fields as Map<string, unknown>
    assert.throws(() => fields.set('extra', {}), TypeError)
    assert.throws(() => fields.delete('label'), TypeError)
    assert.throws(() => fields.clear(), TypeError)
    assert.ok(fields.has('label') && !fields.has('extra'))
  })

  it('holds code only as `run` of operations and transitions, and its hooks beside the data', () => {
    for (const model of models)
      for (const place of functionsIn(model, ''))
        assert.match(place, /^\.(operations\.\d+|creation|states\.transitions\.\d+)\.run$/, model.name)
    const model = jars()
    assert.equal(model.hooks, hooks)
    assert.ok(!Object.keys(model).includes('hooks'))
    assert.ok(!Object.isFrozen(hooks.before.find), 'hooks are the own code of a declaration')
  })

  it('says which events its readers are told of, and none where no changes are recorded', () => {
    const names = ({ events }: Model) => events.map(({ name }) => name)
    assert.deepEqual(names(jars()), ['created', 'updated', 'patched', 'removed', 'restore', 'close', 'fill'])
    const required = ({ events }: Model, event: string) =>
      events.find(({ name }) => name === event)!.payload.required
    assert.deepEqual(required(jars(), 'removed'), ['id'])
    assert.ok(required(jars(), 'fill')!.includes('label'))
    for (const model of models) assert.equal(model.events.length > 0, model.table !== undefined, model.name)
  })

  it('says the input, the output and the errors of every operation', () => {
    const operations = models.flatMap((model) => model.operations)
    for (const { resource, name, input, output, errors } of operations) {
      assert.ok(Object.keys(input).length > 0, `${resource}.${name}`)
      assert.ok(Object.keys(output).length > 0, `${resource}.${name}`)
      assert.ok(errors.includes(400), `${resource}.${name}`)
    }
    const names = new Set(operations.map(({ resource }) => resource))
    for (const name of ['auth', 'users', 'api_keys', 'products', 'tasks']) assert.ok(names.has(name), name)
  })
})

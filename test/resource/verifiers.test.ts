import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { protectedMethods } from '@feathersjs/feathers'
import { lower as lowered } from '../../packages/rachis/src/model/lower'
import { ResourceService } from '../../packages/rachis/src/service/resource-service'
import { lazyValidator } from '../../packages/rachis/src/model/validator'
import type { AnyResource } from '../../packages/rachis/src/declare'
import {
  $user, asParent, asParentFor, authenticated, belongsTo, boolean, computed, immutable, integer, money, now, nullable, owner,
  password, readOnly, role, text, timestamp, Type, withDefault
} from '../../packages/rachis/src/declare' // prettier-ignore
import { similar } from '../../packages/rachis/src/util/similar'
import { FORMATS } from '../../packages/rachis/src/declare/verifiers/field-types'
import { TAKEN } from '../../packages/rachis/src/model/verifiers/method-names'
import { verify } from '../../packages/rachis/src/model/verify'
import { ofModules } from '../helpers/declared'
import {
  access,
  action,
  base,
  cast,
  declare,
  fields,
  folders,
  indexed,
  join,
  notes,
  problemsOf,
  read,
  report,
  run,
  short,
  step
} from './notes'

const TAKEN_AS_THEY_ARE: readonly (readonly [string, object])[] = [
  ['a binding of a column to one or several values of the user', read([{ user_id: $user.id }, { folder_id: { $in: [1, 2] } }])],
  ['terms of every kind', read([{ ...role('admin'), done: true }, { due: null }, { due: { $ne: null } }, { price: { $gte: 1.5, $lt: 9 } }, authenticated])],
  ['times and choices', read([{ due: { $lt: '2026-01-31T12:00:00+02:00' } }, { day: '2026-01-31' }, { rank: { $in: ['low'] } }])],
  ['the rule of a parent', { fields: { user_id: owner('users') }, access: { read: { user_id: asParent } } }],
  ['the rule of a parent for writing', { fields: { user_id: owner('users') }, access: { read: { user_id: asParent }, create: { ...authenticated, user_id: asParent }, update: [{ user_id: asParent }], remove: { user_id: asParent } } }],
  ['a record of its own kind as the parent', { ...fields({ up_id: nullable(belongsTo('notes' as never)) }), access: { read: { user_id: $user.id }, create: [{ ...authenticated, up_id: asParentFor('update') }], update: { up_id: asParent } } }],
  ['a report beside the records', { ...report({}, 'kpi'), access: { read: true } }],
  ['two methods of one path', { ...action({ http: { method: 'PUT', path: 'x' } }), actions: { a: { input: Type.Object({}), output: Type.Object({}), run, access: true, http: { method: 'PUT', path: 'x' } }, b: { input: Type.Object({}), output: Type.Object({}), run, access: true, http: { method: 'PATCH', path: 'x' } } } }],
  ['a step that sets columns', step({ set: { due: now, size: 3, folder_id: 1 } })],
  ['a step that says who took it', { ...step({ set: { by_id: $user.id } }), fields: { ...notes, by_id: nullable(belongsTo('users')) } }],
  ['a check with a sentence', { ...base, checks: { fits: { sql: 'size < price', message: 'It costs too little' } } }],
  ['checks between columns', { ...base, checks: { fits: 'size < price or coalesce(size, 0) = 0', text: "title <> 'prize' and not done" } }],
  ['options that are not those of a helper by itself', fields({ a: timestamp({ format: 'date' }), b: money({ multipleOf: 0.05 }), c: money({ multipleOf: 5 }) })],
  ['max_x without x', fields({ max_stock: integer(), min_tags: integer() })],
  ['its own created_at where there is none', { ...fields({ created_at: timestamp(), deleted_at: timestamp() }), timestamps: false }],
  ['a large resource with its indexes', { ...fields({ body: text() }), large: true, indexes: [...indexed, 'created_at', 'updated_at'] }],
  ['a reference to a UUID', fields({ a: immutable(Type.String({ format: 'uuid', references: { resource: 'codes', on_delete: 'cascade' } })) })],
  ['restore by hand where nothing is soft', action({}, 'restore')],
  ['history by hand where nothing is kept', action({}, 'history')],
  ['hooks of every sort, of a step as well', { ...step({}), hooks: { around: { all: [] }, before: [], after: { finish: [] }, error: { patch: [] } } }],
  ['hooks in the short form', { ...base, hooks: { create: [], all: [] } }],
  ['hooks that are functions, alone or listed', { ...base, hooks: { before: { create: run, patch: [run, run] }, around: [run] } }],
  ['what is computed by functions and casts whose names are like fields', fields({ a: computed(integer(), "length(title)::integer + pric(size, 'titel')") })],
  ['a read-only field that code fills in', { ...fields({ a: readOnly(short) }), access: { create: authenticated }, create: { input: Type.Object({}), run: async () => ({ id: 1 }) } }],
  ['anyone as the creator of what may have no owner', { fields: { user_id: nullable(owner('users')) }, access: { create: true } }],
  ['a creation that binds the creator', access({ create: [{ user_id: $user.id }, role('admin')] })],
  ['what is computed from a guarded field, guarded alike', { ...fields({ a: computed(boolean(), 'price > 9') }), access: { fields: { price: { read: role('admin') }, a: { read: role('admin') } } } }],
  ['a rule of a field that asks of the record', access({ read: true, fields: { price: { read: [{ user_id: $user.id }, { done: true, rank: { $in: ['low'] } }], write: { status: 'open' } } } })],
  ['a rule of a field that asks for that field', access({ read: true, fields: { price: { read: [{ price: { $lt: 5 } }, role('admin')] } } })],
  ['a rule of a field that asks for another with the same rule', access({ fields: { price: { read: { user_id: $user.id } }, user_id: { read: { user_id: $user.id } } } })],
  ['a search of what not every reader reads', { ...access({ fields: { title: { read: role('admin') } } }), search: ['title', 'slug'] }],
  ['members', { ...base, members: { note_ids: 'user_id' } }],
  ['members by a join table, of which some count', { ...join({ value: 'folder_id', where: [{ rank: 'high' }, { done: false, size: { $gt: 3 } }] }), access: { read: { folder_id: { $in: { $user: 'joined_ids' } } } } }],
  ['members of texts', { ...join({ value: 'slug' }), access: { read: { title: { $in: { $user: 'joined_ids' } } } } }],
  ['a whole number of 32 bits that is compared with an id', access({ read: { size: $user.id } })],
  ['a membership of its own', { fields: { team_id: belongsTo('teams' as never) }, access: { read: { team_id: { $in: { $user: 'team_ids' } } } } }],
  ['the least and the greatest number of 32 bits', fields({ a: withDefault(integer(), -2147483648), b: withDefault(integer(), 2147483647) })],
  ['a whole number beyond 32 bits', fields({ a: Type.Integer({ column: 'bigint', maximum: 1e12 }) })]
] // prettier-ignore

describe('the verifiers', () => {
  for (const [what, spec] of TAKEN_AS_THEY_ARE) {
    it(`takes ${what}`, () => assert.deepEqual(problemsOf(...cast, declare('notes', spec)), []))
  }

  it('refuses the name of a resource that no table should have', () => {
    const named = (name: string) => problemsOf(declare(name)).map(({ path, hint }) => `${path}: ${hint}`)
    assert.deepEqual(named('order-items'), ["name: write 'order_items' with path: 'order-items'"])
    assert.deepEqual(named('Orders'), ['name: write orders'])
    assert.deepEqual(named('changes'), ['name: choose another name than changes'])
    assert.deepEqual(named('rate_limits'), ['name: choose another name than rate_limits'])
    assert.deepEqual(named('x'.repeat(64)), [`name: shorten ${'x'.repeat(64)}`])
  })

  it('refuses two resources of one name, and what one serves under the path of another', () => {
    assert.deepEqual(problemsOf(folders, folders).map(({ path }) => path), ['name']) // prettier-ignore
    const reported = {
      reports: { items: { input: Type.Object({}), output: Type.Object({}), run, access: true } }
    }
    const items = declare('items', { path: 'orders/items', access: { read: true } })
    const [problem, ...others] = problemsOf(declare('orders', reported), items)
    assert.match(
      problem!.message,
      /^items: find answers GET \/orders\/items, which items of orders answers already/
    )
    assert.deepEqual(others, [])
  })

  it('refuses a report at the address of its resource where that has a list', () => {
    const at = (access: object) =>
      problemsOf(
        declare('orders', {
          reports: {
            every: { http: { path: '' }, input: Type.Object({}), output: Type.Object({}), run, access: true }
          },
          access
        })
      ).map(({ message }) => message.split('\n')[0])
    assert.deepEqual(at({ create: true }), [])
    assert.deepEqual(at({ read: true }), [
      'orders: every answers GET /orders, which find of orders answers already'
    ])
  })

  it('tells of what is listed and is no declaration', () => {
    for (const none of [undefined, null, { name: 'notes' }, { spec: {} }, 'notes']) {
      const [problem, ...others] = problemsOf(folders, none as never)
      assert.equal(problem?.path, 'resources[1]')
      assert.match(problem!.hint, /defineResource/)
      assert.deepEqual(others, [])
    }
  })

  it('tells all problems of all resources at once', () => {
    const wrong = (name: string) =>
      declare(name, { fields: { a: short }, indexes: ['b'], search: ['c'], access: { read: { d: 1 } } })
    const paths = problemsOf(wrong('one'), wrong('two')).map(({ resource, path }) => `${resource} ${path}`)
    assert.deepEqual(paths.sort(), [
      'one access.read.d', 'one indexes[0]', 'one search[0]', 'two access.read.d', 'two indexes[0]', 'two search[0]'
    ]) // prettier-ignore
    const named = declare('three', action({}, 'sendMail'))
    const together = problemsOf(...cast, wrong('one'), named).map((each) => `${each.resource} ${each.path}`)
    assert.deepEqual(together.sort(), ['one access.read.d', 'one indexes[0]', 'one search[0]', 'three actions.sendMail']) // prettier-ignore
    assert.throws(() => verify([wrong('one')]), {
      name: 'DeclarationError',
      message: /3 problems:\n- one: .*\n {2}.*\n- one: /
    })
  })

  it('takes every declaration that is shipped', () => {
    const folders = ['../../src/services', '../../packages/rachis/src/accounts/resources']
    const files = folders.flatMap((name) => {
      const folder = path.join(__dirname, name)
      const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      return found.filter((file) => /\/.*\.ts$/.test(file)).map((file) => path.join(folder, file))
    })
    const values = files.flatMap((file) => Object.values(require(file) as object) as Partial<AnyResource>[])
    const shipped = values.filter((value) => value?.name && value.spec?.access) as AnyResource[]
    for (const name of ['users', 'sessions', 'tasks', 'categories', 'products', 'auth'])
      assert.ok(
        shipped.some((resource) => resource.name === name),
        name
      )
    const others = ofModules.filter(({ name }) => shipped.every((resource) => resource.name !== name))
    verify([...new Set(shipped), ...others])
  })
})

describe('what the verifiers know of others', () => {
  it('lists every method that a service has', () => {
    const service = new ResourceService({ get: () => 'secret' } as never, lowered(folders), {} as never)
    const keys = new Set<string>(protectedMethods)
    for (const prototype of [EventEmitter.prototype, service]) {
      for (let at: object = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
        Object.getOwnPropertyNames(at).forEach((key) => keys.add(key))
      }
    }
    // Only names in snake_case could be declared. `restore` is meant to be shadowed.
    const missing = [...keys].filter(
      (key) => /^[a-z][a-z0-9_]*$/.test(key) && !TAKEN.has(key) && !(key in {}) && key !== 'restore'
    )
    assert.deepEqual(missing, [])
  })

  it('is told of the options that a helper of fields is given', () => {
    assert.equal(timestamp({ format: 'date' }).format, 'date')
    assert.equal(password({ format: 'email' } as never).format, 'email')
    assert.deepEqual([money({ multipleOf: 0.05 }).multipleOf, money().multipleOf], [0.05, 0.01])
  })

  it('lists the formats that the validator checks', () => {
    const unchecked = FORMATS.filter((format) => lazyValidator(Type.String({ format }))('~ ~').length === 0)
    assert.deepEqual(unchecked, ['password'])
  })
})

describe('similar', () => {
  it('finds the name that was probably meant', () => {
    assert.equal(similar('titel', ['id', 'title', 'tile']), 'title')
    assert.equal(similar('firstName', ['last_name', 'first_name']), 'first_name')
    assert.equal(similar('colour', ['size', 'price']), undefined)
  })

  it('takes one slip of the pen in a short name', () => {
    assert.equal(similar('ix', ['id']), 'id')
    assert.equal(similar('xy', ['id']), undefined)
  })

  it('does not compare what is too long to be a name', () =>
    assert.equal(similar('x'.repeat(10_000), ['x'.repeat(10_000)]), undefined))
})

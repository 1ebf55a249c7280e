import assert from 'node:assert/strict'
import {
  allows,
  holdsFor,
  keysOfRow,
  keysOfUser,
  mayApply,
  readableColumns,
  restrictionOf
} from '../../packages/rachis/src/rules/policy'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import {
  $user,
  anyone,
  asParent,
  authenticated,
  belongsTo,
  integer,
  nobody,
  nullable,
  role,
  text,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyRule, ColumnType, Terms, UserRule } from '../../packages/rachis/src/declare'
import type { ThroughRelation } from '../../packages/rachis/src/declare/predicate'
import { holds, inMemory } from '../../packages/rachis/src/rules/memory'
import { declared, modelOf } from './declared'
import { queried, ruled, unordered } from './predicates'

const admin = role('admin')
const mine = { user_id: $user.id }
const inStores = { store_id: { $in: $user.store_ids } }

const ann = { id: 7, role: 'user', store_ids: [1, 2] }
const boss = { id: 9, role: 'admin', store_ids: [] }
const nobodyYet = { id: null, role: 'user' }

const QUERIES: [name: string, rule: AnyRule | undefined, user: object | null, query: Terms | false][] = [
  ['a missing rule', undefined, ann, false],
  ['nobody', nobody, boss, false],
  ['anyone', anyone, null, {}],
  ['no clause', [], ann, false],
  ['whoever is signed in', authenticated, ann, {}],
  ['whoever is signed in, and is not', authenticated, null, false],
  ['a role that they have', admin, boss, {}],
  ['a role that they have not', admin, ann, false],
  ['a role, of nobody', admin, null, false],
  ['their own', mine, ann, { user_id: { $in: [7] } }],
  ['their own, of nobody', mine, null, false],
  ['their own, without an id', mine, nobodyYet, false],
  ['those of a list', inStores, ann, { store_id: { $in: [1, 2] } }],
  ['those of an empty list', inStores, boss, false],
  ['those of a list that is missing', inStores, nobodyYet, false],
  ['those of a list with nulls in it', inStores, { store_ids: [null, 3, undefined] }, { store_id: { $in: [3] } }],
  ['a condition', { is_open: true }, null, { is_open: true }],
  ['a condition on null', { gone_at: null }, null, { gone_at: null }],
  ['their own, and a condition', { ...mine, is_open: true }, ann, { is_open: true, user_id: { $in: [7] } }],
  ['a condition for a role', { ...admin, is_open: true }, boss, { is_open: true }],
  ['a condition for another role', { ...admin, is_open: true }, ann, false],
  ['any of several', [mine, { is_open: true }], ann, { $or: [{ user_id: { $in: [7] } }, { is_open: true }] }],
  ['any of several, of which one is left', [mine, { is_open: true }], null, { is_open: true }],
  ['any of several, of which none is', [mine, admin], null, false],
  ['any of several, of which one asks nothing', [mine, admin], boss, {}],
  ['one property and its value', { $user: { role: 'user' } }, ann, {}],
  ['two properties', { $user: { role: 'user', id: { $in: [1, 2] } } }, ann, false]
] // prettier-ignore

const TYPES = new Map<string, ColumnType>([['a', 'integer'], ['b', 'integer'], ['c', 'integer'], ['at', 'timestamptz(3)']]) // prettier-ignore
const ROWS: [name: string, query: Terms, row: object, matches: boolean][] = [
  ['nothing asked', {}, {}, true],
  ['equal', { a: 1 }, { a: 1 }, true],
  ['not equal', { a: 1 }, { a: '1' }, false],
  ['null is null', { a: null }, { a: null }, true],
  ['what is missing is null', { a: null }, {}, true],
  ['a value is not null', { a: null }, { a: 0 }, false],
  ['false is not null', { a: null }, { a: false }, false],
  ['$eq', { a: { $eq: 1 } }, { a: 1 }, true],
  ['$ne', { a: { $ne: 1 } }, { a: 2 }, true],
  ['$ne of the same', { a: { $ne: 1 } }, { a: 1 }, false],
  ['$ne of null is not known to differ', { a: { $ne: 1 } }, { a: null }, false],
  ['$ne null', { a: { $ne: null } }, { a: 1 }, true],
  ['$ne null of null', { a: { $ne: null } }, { a: null }, false],
  ['$in', { a: { $in: [1, 2] } }, { a: 2 }, true],
  ['$in without it', { a: { $in: [1, 2] } }, { a: 3 }, false],
  ['$in of null', { a: { $in: [1, 2] } }, { a: null }, false],
  ['$nin', { a: { $nin: [1, 2] } }, { a: 3 }, true],
  ['$nin with it', { a: { $nin: [1, 2] } }, { a: 1 }, false],
  ['$nin of null', { a: { $nin: [1, 2] } }, { a: null }, false],
  ['$lt', { a: { $lt: 2 } }, { a: 1 }, true],
  ['$lt of the same', { a: { $lt: 2 } }, { a: 2 }, false],
  ['$lte', { a: { $lte: 2 } }, { a: 2 }, true],
  ['$gt', { a: { $gt: 2 } }, { a: 3 }, true],
  ['$gte', { a: { $gte: 2 } }, { a: 1 }, false],
  ['$lt of null', { a: { $lt: 2 } }, { a: null }, false],
  ['$gte of null', { a: { $gte: 0 } }, { a: null }, false],
  ['a range', { a: { $gt: 1, $lt: 3 } }, { a: 2 }, true],
  ['a range, outside', { a: { $gt: 1, $lt: 3 } }, { a: 3 }, false],
  ['a time', { at: { $lt: '2026-01-02T00:00:00.000Z' } }, { at: '2026-01-01T23:59:59.999Z' }, true],
  ['two columns, of which one fits', { a: 1, b: 2 }, { a: 1, b: 1 }, false],
  ['$or', { $or: [{ a: 1 }, { b: 2 }] }, { a: 0, b: 2 }, true],
  ['$or and more', { c: 1, $or: [{ a: 1 }] }, { a: 1, c: 2 }, false],
  ['$or of none', { $or: [] }, {}, false]
] // prettier-ignore

describe('policy', () => {
  describe('a rule and a user as a query', () => {
    for (const [name, rule, user, query] of QUERIES) {
      it(name, () => assert.deepEqual(unordered(restrictionOf(ruled(rule), user)), unordered(queried(query))))
      it(`${name}: whether it may apply`, () => assert.equal(mayApply(ruled(rule), user), query !== false)) // prettier-ignore
    }
  })

  describe('a query and a row', () => {
    for (const [name, query, row, fits] of ROWS) it(name, () => assert.equal(holds(inMemory(queried(query, TYPES)), row as never), fits)) // prettier-ignore
  })

  it('allows what the query of the rule finds', () => {
    const rule = ruled([{ ...mine, is_open: true }, admin])
    const allowed = (user: object | null, row: object) => allows(rule, user, row as never)
    assert.equal(allowed(ann, { user_id: 7, is_open: true }), true)
    assert.equal(allowed(ann, { user_id: 7, is_open: false }), false)
    assert.equal(allowed(ann, { user_id: 8, is_open: true }), false)
    assert.equal(allowed(ann, { user_id: null, is_open: true }), false)
    assert.equal(allowed(boss, { user_id: 8, is_open: false }), true)
    assert.equal(allowed(null, { user_id: 7, is_open: true }), false)
  })

  it('knows rules that ask only of the user', () => {
    const rules: [UserRule, boolean, boolean, boolean][] = [
      [true, true, true, true],
      [false, false, false, false],
      [authenticated, false, true, true],
      [admin, false, false, true],
      [[admin, role('user')], false, true, true]
    ]
    for (const [rule, ...expected] of rules)
      assert.deepEqual([null, ann, boss].map((user) => holdsFor(rule, user)), expected) // prettier-ignore
  })

  it('shows the columns that leave the server and that they may read', () => {
    const fields = { name: text(), secret: writeOnly(text()), cost: integer(), note: text() }
    const access = { fields: { cost: { read: admin }, note: { read: authenticated } } }
    const columns = (user: object | null) =>
      readableColumns(modelOf({ fields, access, timestamps: false, soft_delete: true }), user)
    assert.deepEqual(columns(null), ['id', 'name'])
    assert.deepEqual(columns(ann), ['id', 'name', 'note'])
    assert.deepEqual(columns(boss), ['id', 'name', 'cost', 'note'])
  })

  describe('keys', () => {
    const rule = ruled([{ is_open: true }, mine, { ...inStores, ...mine }, admin])
    const ofRow = (row: object) => keysOfRow('tasks', rule, row as never)
    const ofUser = (user: object | null) => keysOfUser('tasks', rule, user)

    it('of a row: one for each clause that it fits', () => {
      assert.deepEqual(ofRow({ is_open: true, user_id: 7, store_id: 1 }), ['tasks/0/[]', 'tasks/1/[7]', 'tasks/2/[1,7]', 'tasks/3/[]']) // prettier-ignore
      assert.deepEqual(ofRow({ is_open: false, user_id: 8, store_id: null }), ['tasks/1/[8]', 'tasks/3/[]'])
      assert.deepEqual(ofRow({}), ['tasks/3/[]'])
    })
    it('of a user: one for each clause and value that they bring', () => {
      assert.deepEqual(ofUser(null), ['tasks/0/[]'])
      assert.deepEqual(ofUser(ann), ['tasks/0/[]', 'tasks/1/[7]', 'tasks/2/[1,7]', 'tasks/2/[2,7]'])
      assert.deepEqual(ofUser(boss), ['tasks/0/[]', 'tasks/1/[9]', 'tasks/3/[]'])
    })
    it('keep a number and its digits apart', () => {
      const [words] = keysOfUser('t', ruled({ code: $user.username }), { username: '7' })
      assert.deepEqual(keysOfRow('t', ruled({ code: $user.username }), { code: 7 }).includes(words!), false) // prettier-ignore
    })
    it('of one resource are not those of another', () =>
      assert.notDeepEqual(keysOfUser('a', rule, ann), keysOfUser('b', rule, ann)))
  })

  describe('a rule as its parent’s', () => {
    const [, items] = lowerAll([
      declared({ fields: { user_id: integer() }, access: { read: [mine, admin] } }, 'orders'),
      declared(
        { fields: { order_id: nullable(belongsTo('orders' as never)) }, access: { read: { order_id: asParent } } },
        'items'
      )
    ]) as [ReturnType<typeof modelOf>, ReturnType<typeof modelOf>] // prettier-ignore
    const { read } = items.rules

    it('is a semi-join for whom the parent’s asks of the record', () => {
      const { of, resource, by, where } = restrictionOf(read, ann) as ThroughRelation
      assert.deepEqual(
        { of: of.name, table: resource, column: by },
        { of: 'order_id', table: 'orders', column: 'id' }
      )
      assert.deepEqual(where, queried({ user_id: { $in: [7] } }, new Map([['user_id', 'integer']])))
    })
    it('is any parent for whom it asks nothing', () =>
      assert.deepEqual(
        restrictionOf(read, boss),
        queried({ order_id: { $ne: null } }, new Map([['order_id', 'bigint']]))
      ))
    it('is nothing for whom it forbids', () => assert.deepEqual(restrictionOf(read, null), queried(false)))
    it('has keys behind the parent’s', () => {
      const find = (resource: string, id: unknown) =>
        resource === 'orders' && id === 3 ? { user_id: 7 } : undefined
      assert.deepEqual(keysOfRow('items', read, { order_id: 3 }, find), ['items/0/[]>orders/0/[7]', 'items/0/[]>orders/1/[]']) // prettier-ignore
      assert.deepEqual(keysOfRow('items', read, { order_id: 4 }, find), [])
      assert.deepEqual(keysOfUser('items', read, ann), ['items/0/[]>orders/0/[7]'])
      assert.deepEqual(keysOfUser('items', read, boss), ['items/0/[]>orders/0/[9]', 'items/0/[]>orders/1/[]']) // prettier-ignore
    })
  })
})

import assert from 'node:assert/strict'
import {
  anyone,
  belongsTo,
  defineResource,
  integer,
  nullable,
  oneOf,
  role,
  text
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'
import { statementsOf } from '../helpers/statements'
import { anonymous, startWorld } from '../helpers/world'

type Query = Record<string, unknown> & { $and?: unknown[] }
type Write = (query: Query) => Query

/** What the hook does to the query of the call, and the query as it found it. */
let write: Write
let found: Query

const hook = async ({ params }: { params: { query: Query } }) => {
  found = { ...params.query }
  params.query = write(params.query)
}

const shelves = defineResource('shelves', {
  fields: { name: text(), is_open: oneOf('yes', 'no') },
  access: { read: [{ is_open: 'yes' }, role('admin')] }
}) as unknown as AnyResource
const jars = defineResource('jars', {
  fields: {
    name: text(),
    size: integer(),
    tenant: integer(),
    shelf_id: nullable(belongsTo('shelves' as never))
  },
  access: { read: anyone, fields: { tenant: { read: role('admin') } } },
  relations: { shelf: { one: 'shelf_id' } },
  hooks: { before: { find: [hook as never] } }
}) as unknown as AnyResource

describe('hooks and the query of a call', () => {
  let world: World
  let admin: Person
  const names = async (query: string, person: Person = anonymous): Promise<string> => {
    const { status, body } = await world.rest(person, 'GET', `/jars?sort=name&${query}`)
    assert.equal(status, 200, JSON.stringify(body))

    return (body.data as Json[]).map(({ name }) => name as string).join(' ')
  }

  before(async () => {
    world = await startWorld({ resources: [shelves, jars] })
    admin = await world.register('admin', { role: 'admin' })
    await world.sql(
      `insert into shelves (id, name, is_open) overriding system value values (1, 'top', 'yes'), (2, 'cellar', 'no')`
    )
    await world.sql(
      `insert into jars (name, size, tenant, shelf_id) values ('a', 1, 7, 1), ('b', 2, 7, 2), ('c', 3, 8, null), ('d', 4, 8, 1)`
    )
  })
  beforeEach(() => (write = (query) => query))
  after(() => world.close())

  it('show them the filters as they were sent, and page and order as Feathers names them', async () => {
    assert.equal(await names('min_size=2&size[$lt]=4&limit=5'), 'b c')
    assert.deepEqual(Object.keys(found).sort(), ['$limit', '$skip', '$sort', 'min_size', 'size'])
    assert.equal(JSON.stringify([found.min_size, found.size, found.$limit]), '["2",{"$lt":"4"},5]')
  })

  it('hold for what a hook adds as well, also of a field that the caller may not ask for', async () => {
    write = (query) => ({ ...query, tenant: 7 })
    assert.equal(await names('min_size=2'), 'b')
    write = (query) => Object.assign(query, { tenant: { $in: [8] } })
    assert.equal(await names('size[$lt]=4'), 'c')
    write = (query) => ({ ...query, $and: [...(query.$and ?? []), { tenant: 7 }] })
    assert.equal(await names('$and[0][min_size]=1&$and[1][size][$ne]=2'), 'a')
    write = (query) => {
      query.$and!.push({ tenant: 8 })
      return query
    }
    assert.equal(await names('$and[0][min_size]=4'), 'd')
  })

  it('forget what a hook takes out or writes anew', async () => {
    write = ({ min_size: _, ...query }) => query
    assert.equal(await names('min_size=3&size[$ne]=4'), 'a b c')
    write = (query) => ({ ...query, size: 1 })
    assert.equal(await names('size=4'), 'a')
    write = () => ({ size: 2 })
    assert.equal(await names('size=4'), 'b')
  })

  it('keep the rights of the caller for what the caller asked, whatever a hook adds', async () => {
    write = (query) => ({ ...query, size: { $lt: 9 } })
    assert.equal(await names('shelf.name=cellar', admin), 'b')
    assert.equal(await names('shelf.name=cellar'), '')
    assert.equal(await names('shelf.name=top'), 'a d')
    write = (query) => ({ ...query, $and: [...(query.$and ?? []), { size: 2 }] })
    assert.equal(await names('$and[0][shelf.name]=cellar', admin), 'b')
    assert.equal(await names('$and[0][shelf.name]=cellar'), '')
  })

  it('keep the order by a related record where a hook copies the query, and leave it where a hook takes that out', async () => {
    const order = async (sort: string, person: Person = anonymous) => {
      const { status, body } = await world.rest(person, 'GET', `/jars?sort=${sort}`)
      assert.equal(status, 200, JSON.stringify(body))

      return (body.data as Json[]).map(({ name }) => name as string).join(' ')
    }
    write = (query) => ({ ...query, size: { $lt: 9 } })
    assert.equal(await order('shelf.name,-size', admin), 'b d a c')
    assert.deepEqual(found.$sort, { 'shelf.name': 1, size: -1 })
    assert.equal(await order('shelf.name,-size'), 'd a c b')
    write = (query) => ({ ...query, $sort: { size: -1 } })
    assert.equal(await order('shelf.name'), 'd c b a')
    write = (query) => ({ ...query, $sort: { 'shelf.name': -1, size: 1 } })
    assert.equal(await order('shelf.name', admin), 'c a d b')
    write = ({ $sort: _, ...query }) => query
    assert.equal(await order('-shelf.name'), 'a b c d')
  })

  it('count from the moment on in which somebody registers hooks', async () => {
    const path = '/shelves?sort=-name&name[$ne]=x&limit=1&fields=name'
    const ask = async () => {
      let rows: Json[] = []
      const statements = await statementsOf(async () => {
        rows = (await world.rest(admin, 'GET', path)).body.data as Json[]
      }, /from "shelves"/)
      return [rows.map(({ name }) => name as string), statements] as const
    }
    const before = await ask()
    assert.deepEqual(before[0], ['top'])
    const service = world.app.service('shelves' as never) as unknown as { hooks(map: object): void }
    service.hooks({ before: { find: [hook] } })
    const [names, statements] = await ask()
    assert.deepEqual(names, before[0])
    // PostgreSQL writes the list as JSON where no hook may need its records.
    assert.deepEqual([before[1].length, statements.length], [1, 2])
    assert.deepEqual(Object.keys(found).sort(), ['$limit', '$select', '$skip', '$sort', 'name'])
    write = (query) => ({ ...query, is_open: 'no' })
    assert.deepEqual((await ask())[0], ['cellar'])
  })

  it('are not for a client to carry: no query can bring a predicate of its own', async () => {
    for (const query of ['kind=true', 'where[kind]=true', '$where[kind]=true', 'read%20filters[where][kind]=true']) {
      const { status } = await world.rest(anonymous, 'GET', `/jars?size=1&${query}`)
      assert.equal(status, 400, query)
    }
  }) // prettier-ignore
})

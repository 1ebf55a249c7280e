import assert from 'node:assert/strict'
import {
  anyone,
  authenticated,
  belongsTo,
  defineResource,
  integer,
  json,
  nullable,
  role,
  text
} from '../../packages/rachis/src/declare'
import { statementsOf } from '../helpers/statements'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { ask, codesOf } from './ask'

const shelves = defineResource('shelves', {
  fields: { name: text() },
  relations: { books: { many: 'books', by: 'shelf_id' } },
  access: { read: anyone, create: role('admin') }
})
const books = defineResource('books', {
  fields: {
    title: text(), pages: integer({ minimum: 1 }), secret: nullable(text()), facts: json(),
    shelf_id: belongsTo('shelves' as never), sequel_id: nullable(belongsTo('books' as never))
  },
  relations: { shelf: { one: 'shelf_id' }, sequel: { one: 'sequel_id' } },
  search: ['title'],
  access: { read: anyone, create: authenticated, fields: { secret: { read: role('admin') } } }
}) // prettier-ignore

describe('queries of GraphQL', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    world = await startWorld({
      resources: [shelves, books],
      settings: { graphql: { introspection: 'always' } }
    })
    cast = await world.cast()
    await world.sql(`insert into shelves (name) select 'Shelf ' || n from generate_series(1, 5) n`)
    await world.sql(`insert into books (title, pages, secret, shelf_id, sequel_id, facts) select 'Book ' || n, n, 'hidden ' || n, 1 + n % 5, nullif(n - 1, 0), jsonb_build_object('color', case when n % 2 = 0 then 'red' else 'blue' end) from generate_series(1, 60) n`) // prettier-ignore
  })
  after(() => world.close())

  const query = async (person: Person, text: string, variables?: Json) => {
    const answer = await ask(world, person, text, { variables })
    assert.deepEqual(codesOf(answer), [], JSON.stringify(answer.errors))

    return answer.data
  }

  it('lead through a list by cursors, forwards and backwards, without a gap and without a repetition', async () => {
    const page =
      'nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
    const forwards = `query ($after: String) { books_find(first: 25, after: $after, sort: [{ field: pages, direction: DESC }]) { ${page} } }`
    const seen: number[] = []
    let last: Json = { hasNextPage: true, endCursor: null }
    while (last.hasNextPage) {
      const { books_find: found } = await query(cast.anonymous, forwards, { after: last.endCursor })
      seen.push(...found.nodes.map(({ id }: Json) => id))
      last = found.pageInfo
      assert.equal(found.edges.at(-1).cursor, last.endCursor)
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, index) => 60 - index)
    )
    assert.equal(last.hasPreviousPage, true)
    const back = await query(cast.anonymous, `query ($before: String) { books_find(last: 2, before: $before, sort: [{ field: pages, direction: DESC }]) { ${page} } }`, { before: last.startCursor }) // prettier-ignore
    assert.deepEqual(back.books_find.nodes, [{ id: 12 }, { id: 11 }])
  })

  it('filter by the operators of the query grammar, through relations, alternatives and paths into objects', async () => {
    const idsFor = async (filter: string): Promise<number[]> =>
      (await query(cast.anonymous, `{ books_find(filter: ${filter}, sort: [{ field: id }]) { nodes { id } } }`)).books_find.nodes.map(({ id }: Json) => id) // prettier-ignore
    assert.deepEqual(await idsFor('{ pages: { gte: 10, lt: 13 } }'), [10, 11, 12])
    assert.deepEqual(await idsFor('{ title: { eq: "Book 7" } }'), [7])
    assert.deepEqual(await idsFor('{ id: { in: [3, 1] }, title: { ilike: "book%" } }'), [1, 3])
    assert.deepEqual(await idsFor('{ sequel_id: { null: true } }'), [1])
    assert.deepEqual(await idsFor('{ sequel_id: { eq: null } }'), [1])
    assert.deepEqual(await idsFor('{ or: [{ id: { eq: 1 } }, { and: [{ id: { gt: 58 } }, { id: { ne: 60 } }] }] }'), [1, 59]) // prettier-ignore
    assert.deepEqual(await idsFor('{ shelf: { name: { eq: "Shelf 2" } }, pages: { lte: 6 } }'), [1, 6])
    assert.deepEqual(await idsFor('{ facts: [{ path: "color", eq: "red" }], pages: { lt: 5 } }'), [2, 4])
    assert.deepEqual(await idsFor('{ shelf: { or: [{ name: { eq: "Shelf 1" } }, { id: { eq: 2 } }] }, pages: { lte: 6 } }'), [1, 5, 6]) // prettier-ignore
  })

  it('count a list only where somebody looks at the number', async () => {
    const counted = /count\(\*\)/
    const plain = await statementsOf(() => query(cast.anonymous, '{ books_find(first: 2) { nodes { id } } }'))
    assert.ok(!plain.some((statement) => counted.test(statement)), plain.join('\n'))
    const { books_find: found } = await query(cast.anonymous, '{ books_find(first: 2, filter: { pages: { lte: 30 } }) { totalCount } }') // prettier-ignore
    assert.equal(found.totalCount, 30)
  })

  it('read two relations of fifty records by as many statements as those of two', async () => {
    const text = 'query ($first: Int) { books_find(first: $first) { nodes { id title shelf { id name } sequel { id title shelf { name } } } } }' // prettier-ignore
    const read = async (first: number) => {
      let data: Json = {}
      const statements = await statementsOf(async () => (data = await query(cast.anonymous, text, { first })))
      return { nodes: data.books_find.nodes as Json[], count: statements.length }
    }
    const [few, many] = [await read(2), await read(50)]
    assert.deepEqual([few.nodes.length, many.nodes.length], [2, 50])
    assert.equal(many.count, few.count)
    assert.ok(many.count <= 4, String(many.count))
    assert.deepEqual(many.nodes[1], { id: 2, title: 'Book 2', shelf: { id: 3, name: 'Shelf 3' }, sequel: { id: 1, title: 'Book 1', shelf: { name: 'Shelf 2' } } }) // prettier-ignore
  })

  it('follow relations by fragments, under aliases, and not where a directive leaves them out', async () => {
    const text = 'query ($deep: Boolean!) { books_get(id: 2) { ...Book place: shelf { name } ... on Book { shelf { id } } } } fragment Book on Book { title sequel @include(if: $deep) { title } }' // prettier-ignore
    const deep = await query(cast.anonymous, text, { deep: true })
    assert.deepEqual(deep.books_get, { title: 'Book 2', sequel: { title: 'Book 1' }, place: { name: 'Shelf 3' }, shelf: { id: 3 } }) // prettier-ignore
    const flat = await query(cast.anonymous, text, { deep: false })
    assert.ok(!('sequel' in flat.books_get))
    const shelf = await query(cast.anonymous, '{ shelves_get(id: 1) { books { id } } }')
    assert.equal(shelf.shelves_get.books.length, 12)
  })

  it('answer what introspection tells beside records, and records under any name', async () => {
    const told = await query(cast.anonymous, '{ __type(name: "Book") { name } books_get(id: 2) { __typename id } }') // prettier-ignore
    assert.deepEqual(told, { __type: { name: 'Book' }, books_get: { __typename: 'Book', id: 2 } })
    const named = await query(cast.anonymous, '{ books_find(first: 1) { edges { node { __proto__: title constructor: pages __typename } } } }') // prettier-ignore
    const { node } = named.books_find.edges[0]
    assert.deepEqual(Object.entries(node), [['__proto__', 'Book 1'], ['constructor', 1], ['__typename', 'Book']]) // prettier-ignore
  })

  it('show null for a field that its reader may not read, and tell nothing of it by filters, sorts and sums', async () => {
    const read = '{ books_get(id: 1) { id secret } }'
    assert.deepEqual((await query(cast.admin, read)).books_get, { id: 1, secret: 'hidden 1' })
    assert.deepEqual((await query(cast.stranger, read)).books_get, { id: 1, secret: null })
    const oracles = [
      '{ books_find(filter: { secret: { ilike: "hidden%" } }) { nodes { id } } }',
      '{ books_find(filter: { or: [{ secret: { eq: "hidden 1" } }] }) { nodes { id } } }',
      '{ books_find(sort: [{ field: secret }]) { nodes { id } } }',
      '{ books_find(filter: { sequel: { secret: { eq: "hidden 1" } } }) { totalCount } }',
      '{ shelves_find(filter: { books: { secret: { eq: "hidden 1" } } }) { totalCount } }',
      '{ books_aggregate(input: { max: ["secret"] }) { data { count { all } } } }'
    ]
    for (const oracle of oracles)
      for (const person of [cast.anonymous, cast.stranger, cast.manager]) {
        const answer = await ask(world, person, oracle)
        assert.deepEqual(codesOf(answer), ['FORBIDDEN'], `${person.name}: ${oracle}`)
        assert.ok(!JSON.stringify(answer).includes('hidden 1'))
      }
  })

  it('answer reports, counts and sums with types of their own', async () => {
    const text = '{ books_aggregate(input: { group: ["shelf_id"], count: ["*"], sum: ["pages"], sort: ["shelf_id"], limit: 1 }, filter: { pages: { lte: 10 } }) { total data { group { shelf_id } count { all } sum { pages } } } }' // prettier-ignore
    const { books_aggregate: found } = await query(cast.anonymous, text)
    assert.deepEqual(found, {
      total: 5,
      data: [{ group: { shelf_id: 1 }, count: { all: 2 }, sum: { pages: 15 } }]
    })
  })

  it('answer what is allowed beside the error of what is not, as the same object as on REST', async () => {
    const answer = await ask(world, cast.stranger, '{ books_get(id: 1) { id } missing: books_get(id: 999) { id } }', { headers: { 'X-Request-Id': 'trace-1' } }) // prettier-ignore
    assert.deepEqual(answer.data, { books_get: { id: 1 }, missing: null })
    const rest = await world.rest(cast.stranger, 'GET', '/books/999', {
      headers: { 'X-Request-Id': 'trace-1' }
    })
    assert.deepEqual(answer.errors![0]!.path, ['missing'])
    assert.deepEqual(answer.errors![0]!.extensions, { ...rest.body.error, status: 404 })
  })
})

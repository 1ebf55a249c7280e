import assert from 'node:assert/strict'
import { anyone, belongsTo, defineResource, text } from '../../packages/rachis/src/declare'
import type { World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { ask, codesOf } from './ask'

const shelves = defineResource('shelves', {
  fields: { name: text() },
  relations: { books: { many: 'books', by: 'shelf_id' } },
  limits: { page: { default: 10, max: 500 } },
  access: { read: anyone }
})
const books = defineResource('books', {
  fields: { title: text(), shelf_id: belongsTo('shelves' as never) },
  relations: { shelf: { one: 'shelf_id' } },
  access: { read: anyone }
})

describe('the cost of a document', () => {
  let world: World
  before(async () => {
    world = await startWorld({ resources: [shelves, books], settings: { graphql: { max_cost: 1000 } } })
  })
  after(() => world?.close())

  const codes = async (query: string, variables = {}) => codesOf(await ask(world, anonymous, query, { variables })) // prettier-ignore

  it('is not made up for by a page below none', async () => {
    const dear = 'dear: shelves_find(first: 400) { nodes { books { title } } }'
    assert.deepEqual(await codes(`{ ${dear} }`), ['DOCUMENT_TOO_LARGE'])
    for (const size of ['first: -1000000', 'last: -1000000', 'first: -2147483648'])
      assert.deepEqual(await codes(`{ less: shelves_find(${size}) { nodes { name } } ${dear} }`), ['DOCUMENT_TOO_LARGE'], size) // prettier-ignore
  })

  it('is that of pages as large as the resource has them', async () => {
    const page = (size: string) => `shelves_find${size} { nodes { name } }`
    const several = (count: number, size: string) =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${page(size)}`).join(' ')} }`
    // A record counts at its page and at `nodes`.
    assert.deepEqual(await codes(several(1, '(first: 499)')), [])
    assert.deepEqual(await codes(several(2, '(first: 499)')), ['DOCUMENT_TOO_LARGE'])
    assert.deepEqual(await codes(several(20, '')), [])
    const unknown = several(2, '(first: $size)')
    assert.deepEqual(await codes(`query ($size: Int) ${unknown}`, { size: 1 }), ['DOCUMENT_TOO_LARGE'])
  })

  it('is told of each document that asks for too much with the trace of its own request', async () => {
    for (const trace of ['first-time', 'second-time']) {
      const headers = { 'X-Request-Id': trace }
      const answer = await ask(world, anonymous, '{ shelves_find(first: 500) { nodes { books { title } } } }', { headers }) // prettier-ignore
      assert.equal(answer.errors![0]!.extensions.trace_id, trace)
    }
  })

  it('of a fragment that is spread again and again is paid once', async () => {
    const twice = (index: number) =>
      `fragment f${index} on ShelveConnection { ...f${index + 1} ...f${index + 1} }`
    const fragments = Array.from({ length: 24 }, (_, index) => twice(index)).join(' ')
    const began = performance.now()
    const answer = await ask(world, anonymous, `{ shelves_find { ...f0 } } ${fragments} fragment f24 on ShelveConnection { __typename }`) // prettier-ignore
    assert.deepEqual(answer.errors ?? [], [])
    assert.equal(answer.data.shelves_find.__typename, 'ShelveConnection')
    assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`)
  })
})

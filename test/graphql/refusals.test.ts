import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { ask, authorization, graphqlAt } from './ask'

const SPEC = 'application/graphql-response+json'
const CREATE = 'mutation { tasks_create(data: { title: "forged" }) { id } }'

describe('what /graphql refuses by itself', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const send = async (method: string, { search = '', body, accept = SPEC }: { search?: string; body?: unknown; accept?: string } = {}) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = { ...authorization(owner), ...(text ? { 'Content-Type': 'application/json' } : {}), Accept: accept, 'X-Request-Id': 'refusal-1' }
    const response = await fetch(`${graphqlAt(world)}${search}`, { method, body: text, headers })
    return { status: response.status, allow: response.headers.get('allow'), type: response.headers.get('content-type'), body: (await response.json()) as Json }
  } // prettier-ignore

  const assertRefused = ({ errors }: Json, status: number, code: string) => {
    assert.equal(errors.length, 1)
    const [{ message, extensions }] = errors as [Json]
    assert.deepEqual([extensions.code, extensions.status, extensions.message, extensions.trace_id], [code, status, message, 'refusal-1']) // prettier-ignore
    assert.ok(extensions.hint.length > 0)
  }

  it('is a method that nothing comes by, with those that may be', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      for (const accept of [SPEC, 'application/json', '*/*', 'text/event-stream']) {
        const answer = await send(method, { body: { query: CREATE }, accept })
        assert.deepEqual([answer.status, answer.allow], [405, 'GET, POST, OPTIONS'], `${method} ${accept}`)
        assertRefused(answer.body, 405, 'METHOD_NOT_ALLOWED')
        assert.match(
          answer.type!,
          accept === SPEC ? /^application\/graphql-response\+json/ : /^application\//
        )
      }
  })

  it('is a mutation by GET, which changes nothing', async () => {
    const search = `?${new URLSearchParams({ query: CREATE })}`
    for (const accept of [SPEC, 'application/json', 'text/event-stream']) {
      const answer = await send('GET', { search, accept })
      assert.deepEqual([answer.status, answer.allow], [405, 'POST'], accept)
      assertRefused(answer.body, 405, 'METHOD_NOT_ALLOWED')
    }
    assert.deepEqual(await world.sql(`select id from tasks where title = 'forged'`), [])
  })

  it('is an answer in a type that there is none in', async () => {
    for (const accept of ['text/html', 'image/png']) {
      const { status, body } = await send('POST', { body: { query: '{ __typename }' }, accept })
      assert.equal(status, 406)
      const { code, hint, trace_id } = (body.errors?.[0].extensions ?? body.error) as Json
      assert.deepEqual([code, trace_id], ['NOT_ACCEPTABLE', 'refusal-1'])
      assert.ok(hint.includes('application/json') && !hint.includes('text/html'), hint)
    }
  })

  it('is a list of requests', async () => {
    for (const accept of [SPEC, 'text/event-stream']) {
      const { status, body } = await send('POST', { body: [{ query: CREATE }, { query: '{ __typename }' }], accept })
      assert.equal(status, 400)
      assertRefused(body, 400, 'INVALID_DOCUMENT')
      assert.match(body.errors[0].message, /lists of requests are not taken/)
    }
    assert.deepEqual(await world.sql(`select id from tasks where title = 'forged'`), [])
  }) // prettier-ignore

  it('names arguments as the document does', async () => {
    for (const [given, field] of [
      ['first: -1', 'first'],
      ['last: -1', 'last'],
      ['search: "\\u0000", sort: [{ field: id }]', 'search']
    ] as const) {
      const { errors } = await ask(world, owner, `{ products_find(${given}) { nodes { id } } }`)
      const { extensions, message } = errors![0]!
      assert.equal(extensions.field, field, JSON.stringify(errors))
      assert.ok(message.startsWith(field) || !/limit|\$/.test(message), message)
      for (const detail of (extensions.details ?? []) as Json[]) assert.equal(detail.field, field)
    }
  })
})

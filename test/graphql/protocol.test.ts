import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createApp } from '../../packages/rachis/src/create-app'
import { graphql } from '../../packages/rachis/src/graphql'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { ask, authorization, codesOf, graphqlAt } from './ask'

const DOCUMENT = 'query Titles($first: Int) { tasks_find(first: $first) { nodes { title } } }'
const HASH = createHash('sha256').update(DOCUMENT).digest('hex')
const CREATE = 'mutation { tasks_create(data: { title: "forged" }) { id } }'
const SPEC = 'application/graphql-response+json'

const persistedFile = (documents: object): string => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'persisted-')), 'operations.json')
  writeFileSync(file, JSON.stringify(documents))

  return file
}

describe('GraphQL over HTTP', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { graphql: { persisted: persistedFile({ [HASH]: DOCUMENT }) } } })
    owner = await world.register('owner')
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'mine' } })
  })
  after(() => world.close())

  const send = (method: string, { search = '', body, type = 'application/json', accept = SPEC }: { search?: string; body?: string; type?: string; accept?: string }) =>
    fetch(`${graphqlAt(world)}${search}`, { method, body, headers: { ...authorization(owner), ...(body === undefined ? {} : { 'Content-Type': type }), Accept: accept } }) // prettier-ignore
  const forged = async () => (await world.sql(`select id from tasks where title = 'forged'`)).length

  it('answers in the media type that is asked for, with the status that the specification gives it', async () => {
    const good = await send('POST', { body: JSON.stringify({ query: '{ tasks_find { nodes { title } } }' }) })
    assert.deepEqual([good.status, good.headers.get('content-type')], [200, `${SPEC}; charset=utf-8`])
    assert.equal(good.headers.get('cache-control'), 'no-store')
    const invalid = JSON.stringify({ query: '{ nope }' })
    assert.equal((await send('POST', { body: invalid })).status, 400)
    const legacy = await send('POST', { body: invalid, accept: 'application/json' })
    assert.deepEqual(
      [legacy.status, legacy.headers.get('content-type')],
      [200, 'application/json; charset=utf-8']
    )
    assert.equal((await send('POST', { body: invalid, accept: 'image/png' })).status, 406)
    assert.equal((await send('PUT', { body: invalid })).status, 405)
    for (const body of [
      '{}',
      '{"query": 5}',
      '{"query": "{ tasks_find { nodes { id } } }", "variables": []}'
    ]) {
      const refused = await send('POST', { body })
      const { errors } = (await refused.json()) as any
      assert.deepEqual([refused.status, errors[0].extensions.code], [400, 'INVALID_DOCUMENT'], body)
    }
    const broken = await send('POST', { body: '{"query": ' })
    assert.deepEqual([broken.status, ((await broken.json()) as any).error.code], [400, 'MALFORMED_BODY'])
  })

  it('takes queries by GET, and no mutation by it or by what a form of another site can send', async () => {
    const search = (query: string) => `?${new URLSearchParams({ query })}`
    const read = await send('GET', { search: search('{ tasks_find { nodes { title } } }') })
    assert.deepEqual(await read.json(), { data: { tasks_find: { nodes: [{ title: 'mine' }] } } })
    assert.equal((await send('GET', { search: search(CREATE) })).status, 405)
    const text = JSON.stringify({ query: CREATE })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/graphql']) // prettier-ignore
      assert.equal((await send('POST', { body: type.includes('urlencoded') ? search(CREATE).slice(1) : text, type })).status, 415, type) // prettier-ignore
    assert.equal(await forged(), 0)
  })

  it('finds a persisted document by its hash', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: HASH } }
    const answer = await ask(world, owner, undefined as never, { extensions, variables: { first: 1 } })
    assert.deepEqual(answer.data, { tasks_find: { nodes: [{ title: 'mine' }] } })
    const byGet = await send('GET', {
      search: `?${new URLSearchParams({ extensions: JSON.stringify(extensions) })}`
    })
    assert.equal(byGet.status, 200)
    const unknown = await ask(world, owner, undefined as never, { extensions: { persistedQuery: { sha256Hash: 'f'.repeat(64) } } }) // prettier-ignore
    assert.deepEqual([unknown.status, codesOf(unknown)], [400, ['UNKNOWN_OPERATION']])
  })

  it('bounds how deep, how wide and how dear a document is, and tells no schema outside of development', async () => {
    const deep = `{ categories_find { nodes ${'{ parent '.repeat(12)}{ id }${' }'.repeat(12)} } }`
    const wide = `{ tasks_find { nodes { ${'id '.repeat(101)} } } }`
    const aliases = `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: tasks_get(id: 1) { id }`).join(' ')} }`
    const dear = '{ categories_find(first: 100) { nodes { children { children { children { id } } } } } }'
    const tokens = `{ tasks_find { nodes { ${'id '.repeat(6000)} } } }`
    for (const [query, code] of [
      [deep, 'DOCUMENT_TOO_LARGE'],
      [wide, 'DOCUMENT_TOO_LARGE'],
      [aliases, 'DOCUMENT_TOO_LARGE'],
      [dear, 'DOCUMENT_TOO_LARGE'],
      [tokens, 'INVALID_DOCUMENT'],
      ['{ __schema { types { name } } }', 'INVALID_DOCUMENT']
    ] as const)
      // prettier-ignore
      assert.equal(codesOf(await ask(world, owner, query))[0], code, query.slice(0, 60))
    const circle = '{ tasks_find { nodes { ...A } } } fragment A on Task { ...B } fragment B on Task { ...A }'
    assert.equal(codesOf(await ask(world, owner, circle))[0], 'INVALID_DOCUMENT')
    assert.equal((await ask(world, owner, `{ a: tasks_find(filter: ${'{ and: ['.repeat(400)}${'] }'.repeat(400)}) { totalCount } }`)).status, 200) // prettier-ignore
  })

  it('refuses an invalid credential as every call does, and serves nothing under the prefix of the API', async () => {
    const answer = await ask(world, { name: 'nobody', token: 'a.b.c' }, '{ products_find { totalCount } }')
    assert.deepEqual(codesOf(answer), ['INVALID_TOKEN'])
    assert.equal(
      (await world.rest(anonymous, 'POST', '/graphql', { body: { query: '{ __typename }' } })).status,
      404
    )
  })
})

describe('GraphQL under limits', () => {
  it('answers persisted documents only, where it is told so', async () => {
    const world = await startWorld({ settings: { graphql: { persisted: persistedFile({ [HASH]: DOCUMENT }), persisted_only: true } } }) // prettier-ignore
    try {
      const other = await ask(world, anonymous, '{ products_find { totalCount } }')
      assert.deepEqual([other.status, codesOf(other)], [400, ['UNKNOWN_OPERATION']])
      const listed = await ask(world, anonymous, undefined as never, {
        extensions: { persistedQuery: { sha256Hash: HASH } }
      })
      assert.deepEqual(codesOf(listed), ['NOT_AUTHENTICATED'])
    } finally {
      await world.close()
    }
  })

  it('reads the file of persisted documents from the folder of the project on', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'project-'))
    const make = (persisted: string) => () =>
      createApp({ resources: [], modules: [graphql], root, config: { graphql: { persisted } } })
    writeFileSync(path.join(root, 'good.json'), JSON.stringify({ [HASH]: DOCUMENT }))
    writeFileSync(path.join(root, 'wrong.json'), JSON.stringify({ [HASH]: `${DOCUMENT} ` }))
    assert.doesNotThrow(make('good.json'))
    const said = `${path.join(root, 'wrong.json')}: ${HASH} is not the SHA-256`
    assert.throws(make('wrong.json'), ({ message }: Error) => message.startsWith(said))
  })

  it('counts each call of a document in the one budget of its caller', async () => {
    const world = await startWorld({ settings: { rate_limit: { requests: 5, window: 3600 } } })
    try {
      const many = `{ ${Array.from({ length: 10 }, (_, index) => `a${index}: products_find { nodes { id } }`).join(' ')} }` // prettier-ignore
      const answer = await ask(world, anonymous, many)
      const refused = codesOf(answer)
      assert.ok(
        refused.length >= 5 && refused.every((code) => code === 'TOO_MANY_REQUESTS'),
        JSON.stringify(refused)
      )
      assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 429)
    } finally {
      await world.close()
    }
  })
})

import assert from 'node:assert/strict'
import { json as jsonField, role, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { defineResource } from '../../packages/rachis/src/declare'
import type { Json, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { bearer, send } from './contract'
import { samples } from './samples'

const staff = role('admin')
/** What only staff know of: a field, a relation, and a resource. */
const boxes = defineResource('boxes', {
  fields: { label: text(), margin: text(), extra: jsonField() },
  access: { read: true, create: true, fields: { margin: { read: staff, write: staff } } },
  relations: { papers: { many: 'papers' as never, by: 'box_id' } }
})
const papers = {
  name: 'papers',
  spec: {
    fields: {
      box_id: {
        type: 'integer',
        minimum: 1,
        column: 'bigint',
        references: { resource: 'boxes', on_delete: 'restrict' }
      }
    },
    access: { read: staff }
  }
} as unknown as AnyResource

describe('the hint of an error', () => {
  let world: World
  let people: Awaited<ReturnType<World['cast']>>
  let socket: Listener
  before(async () => {
    world = await startWorld({ resources: [samples, boxes, papers] })
    people = await world.cast()
    socket = await world.socket(people.owner)
  })
  after(() => world?.close())

  const hint = async (method: string, path: string, person: Person = people.owner, body?: unknown) =>
    (await world.rest(person, method, path, { body })).body.error.hint as string
  const over = async (...call: [string, string, ...unknown[]]) =>
    ((await socket.refusal(...call)) as Json).error.hint as string

  describe('of a query', () => {
    const rows: [query: string, hint: string | RegExp][] = [
      ['nmae=x', 'Did you mean name?'],
      ['isOn=true', 'Did you mean is_on?'],
      ['limt=5', 'Did you mean limit?'],
      ['offset=5', 'Did you mean skip? For example skip=40'],
      ['per_page=5', 'Did you mean page_size? For example page_size=20'],
      ['pageSize=5', 'Did you mean page_size? For example page_size=20'],
      ['_limit=5', 'Did you mean limit? For example limit=20'],
      ['order=name', 'Did you mean sort? For example sort=-created_at'],
      ['order_by=name', 'Did you mean sort? For example sort=-created_at'],
      ['$orderby=name', 'Did you mean sort? For example sort=-created_at'],
      ['select=name', 'Did you mean fields? For example fields=id,name'],
      ['where=x', 'Filter by the name of a field: status=open'],
      ['sort=name:desc', 'Did you mean sort=-name?'],
      ['sort=name%20asc', 'Did you mean sort=name?'],
      ['sort=name,desc', 'A dash sorts downwards: sort=-price'],
      ['sort=nmae', 'Did you mean name?'],
      ['fields=titel', /^Fields here: id, name, note/],
      ['name[$like]=x', 'Did you mean name[$ilike]=…?'],
      ['name[$eq]=x', 'Did you mean name=…?'],
      ['size[gte]=1', 'Did you mean size[$gte]=…?'],
      ['size__gte=1', 'Did you mean size[$gte]=…?'],
      ['min_siez=1', 'Did you mean min_size?'],
      ['maxSize=1', 'Did you mean max_size?'],
      ['size_lt=1', 'Did you mean size[$lt]=…?'],
      ['size[$like]=1', /^Use one of \$ne, \$in/],
      ['note[$exists]=true', 'Did you mean note[$null]=…?'],
      ['tags[$has]=x', 'Did you mean tags[$contains]=…?'],
      ['include=owner', 'There are no relations here']
    ]
    for (const [query, expected] of rows)
      it(`?${query}`, async () => {
        const given = await hint('GET', `/samples?${query}`)
        if (typeof expected === 'string') assert.equal(given, expected)
        else assert.match(given, expected)
      })

    it('names the parameters of a report, of one record and of a write, and no others', async () => {
      const days = 'Did you mean days instead of dayz?'
      assert.equal(await hint('GET', '/analytics/sales?dayz=3', people.admin), days)
      assert.equal(
        await over('sales', 'analytics', { dayz: 3 }, {}).catch(String),
        await hint('GET', '/analytics/sales?dayz=3')
      )
      assert.equal(
        await hint('GET', '/analytics/sales?colour=red', people.admin),
        'Parameters here: days, currency'
      )
      const { id } = (await world.rest(people.owner, 'POST', '/tasks', { body: { title: 'x' } })).body
      const own = 'Parameters here: fields'
      for (const [method, query] of [
        ['DELETE', 'force=true'],
        ['GET', 'limit=5'],
        ['PATCH', 'sort=id']
      ] as const)
        assert.equal(
          await hint(method, `/tasks/${id}?${query}`, people.owner, method === 'PATCH' ? {} : undefined),
          own,
          method
        )
      assert.equal(await hint('DELETE', `/tasks/${id}?feilds=id`), 'Did you mean fields?')
      assert.equal(await over('remove', 'tasks', id, { force: true }), own)
      assert.equal(await hint('POST', '/auth/login?email=a', people.owner, {}), 'Send email in the body')
    })

    it('leads to no parameter that the resource does not have', async () => {
      assert.doesNotMatch(await hint('GET', '/samples?q=x'), /search/)
      assert.match(await hint('GET', '/tasks?q=x'), /search=/)
    })

    it('is the same over a socket', async () => {
      assert.equal(await over('find', 'samples', { nmae: 'x' }), 'Did you mean name?')
      assert.match(await over('find', 'samples', { $offset: 5 }), /Did you mean skip/)
    })
  })

  describe('names nothing that the caller may not know', () => {
    it('not a field', async () => {
      for (const query of ['margni=1', 'sort=margni', 'fields=margni', 'margin__gte=1', 'sort=margin:desc'])
        assert.doesNotMatch(await hint('GET', `/boxes?${query}`), /margin\b/, query)
      assert.equal(await hint('GET', '/boxes?margni=1', people.admin), 'Did you mean margin?')
    })

    it('not a relation', async () => {
      assert.equal(await hint('GET', '/boxes?include=paprs'), 'There are no relations here')
      assert.doesNotMatch(await hint('GET', '/boxes?paprs.id=1'), /papers/)
      assert.equal(await hint('GET', '/boxes?include=paprs', people.admin), 'Did you mean papers?')
    })
  })

  describe('of a path', () => {
    const rows: [method: string, path: string, hint: string | RegExp][] = [
      ['GET', '/taks', /^Did you mean \/api\/v1\/tasks\?/],
      ['POST', '/taks/7/complete', /^Did you mean \/api\/v1\/tasks\/7\/complete\?/],
      ['POST', '/tasks/7/compleet', /^Did you mean \/api\/v1\/tasks\/7\/complete\?/],
      ['GET', '/tasks/serch', /^Did you mean \/api\/v1\/tasks\/search\?/],
      ['GET', '/order_items', /^Did you mean \/api\/v1\/order-items\?/],
      ['POST', '/login', /^Did you mean \/api\/v1\/auth\/login\?/],
      ['GET', '/nothing/like/it', 'See /openapi.json for the paths'],
      ['DELETE', '/tasks', 'Use one of GET, POST, HEAD, OPTIONS'],
      ['GET', '/tasks/999999', 'Check the id: the record does not exist, or you may not see it']
    ]
    for (const [method, path, expected] of rows)
      it(`${method} ${path}`, async () => {
        const given = await hint(method, path)
        if (typeof expected === 'string') assert.equal(given, expected)
        else assert.match(given, expected)
      })

    it('finds the prefix that was left out', async () => {
      for (const path of ['/tasks', '/api/tasks', '/v1/tasks']) {
        const { status, body } = await send(world, 'GET', path)
        assert.equal(status, 404)
        assert.match(body.error.hint, /^Did you mean \/api\/v1\/tasks\?/)
      }
      const { body } = await send(world, 'GET', '/api/v2/tasks')
      assert.equal(body.error.hint, 'Versions of this API: /api/v1')
    })

    it('is the nearest service or method over a socket', async () => {
      assert.equal(await over('find', 'taks', {}), 'Did you mean tasks?')
      assert.equal(await over('find', '/api/v1/tasks', {}), 'Did you mean tasks?')
      assert.equal(await over('fnd', 'tasks', {}), 'Did you mean find?')
      assert.match(await over('complete', 'categories', { id: 1 }), /^categories has find, get, create/)
    })
  })

  describe('of a body', () => {
    it('says which type is read, and how much', async () => {
      const headers = { ...bearer(people.owner.token), 'Content-Type': 'text/plain' }
      const plain = await send(world, 'POST', '/api/v1/tasks', { headers, body: 'x' })
      assert.equal(
        plain.body.error.hint,
        'Send Content-Type: application/json or text/csv or application/x-ndjson in UTF-8, not text/plain'
      )
      const json = { ...headers, 'Content-Type': 'application/json' }
      const large = await send(world, 'POST', '/api/v1/tasks', {
        headers: json,
        body: `"${'x'.repeat(2_000_000)}"`
      })
      assert.match(large.body.error.hint, /^Send at most \d+ bytes at once$/)
      const html = await send(world, 'GET', '/api/v1/tasks', { headers: { Accept: 'text/html' } })
      assert.match(html.body.error.hint, /^Accept application\/json/)
    })

    it('says where to sign in', async () =>
      assert.match(await hint('GET', '/tasks', anonymous), /POST \/api\/v1\/auth\/login/))
  })

  it('is not needed at the root, which says where the documentation is', async () => {
    for (const path of ['/', '/api', '/api/v1', '/api/v1/']) {
      const { status, body } = await send(world, 'GET', path)
      assert.equal(status, 200)
      assert.equal(body.links.docs, '/docs')
      assert.equal(body.resources.tasks, '/api/v1/tasks')
      for (const link of Object.values<string>(body.links).filter((link) => !link.includes('login')))
        assert.equal((await send(world, 'GET', link)).status, 200, link)
    }
  })
})

import assert from 'node:assert/strict'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

/** What the hooks of this test say of the next answer, by the place that they stand in. */
const said: Record<'declared' | 'application' | 'service', Json | undefined> = {
  declared: undefined,
  application: undefined,
  service: undefined
}
const saying = (place: keyof typeof said) => async (context: Json) => {
  if (said[place] && context.path === 'parcels') context.http = { ...context.http, ...said[place] }
}
const parcels = defineResource('parcels', {
  fields: { label: text() },
  access: { read: anyone, create: anyone, update: anyone, remove: anyone },
  hooks: { after: { all: [saying('declared')] } }
}) as unknown as AnyResource

describe('what hooks say of an answer', () => {
  let world: World
  before(async () => {
    world = await startWorld({ resources: [parcels] })
    world.app.hooks({ after: { all: [saying('application')] } })
    const service = world.app.service('parcels' as never) as unknown as { hooks(map: object): void }
    service.hooks({ before: { all: [saying('service')] } })
    await world.rest(anonymous, 'POST', '/parcels', { body: { label: 'first' } })
  })
  after(() => world?.close())
  afterEach(() => Object.assign(said, { declared: undefined, application: undefined, service: undefined }))

  const get = () => world.rest(anonymous, 'GET', '/parcels/1')

  for (const place of ['declared', 'application', 'service'] as const)
    it(`is its status and its headers, from hooks of the ${place} kind`, async () => {
      said[place] = { status: 206, headers: { ETag: '"x"', 'X-Pages': 7, Link: ['<a>', '<b>'] } }
      const { status, headers, body } = await get()
      assert.equal(status, 206)
      assert.deepEqual(
        ['etag', 'x-pages', 'link'].map((name) => headers.get(name)),
        ['"x"', '7', '<a>, <b>']
      )
      assert.equal(body.label, 'first')
      assert.match(headers.get('content-type')!, /^application\/json/)
    })

  it('is nothing where they say nothing', async () => {
    const { status, headers } = await get()
    assert.deepEqual([status, headers.get('x-pages'), headers.get('location')], [200, null, null])
    assert.match(headers.get('etag')!, /^"[\w-]{27}"$/)
  })

  it('is a 303 where they name a location, and any other status with it where they say one', async () => {
    said.declared = { location: '/Grüße an alle' }
    const moved = await fetch(`${world.url}/api/v1/parcels/1`, { redirect: 'manual' })
    assert.deepEqual([moved.status, moved.headers.get('location')], [303, '/Gr%C3%BC%C3%9Fe%20an%20alle'])
    said.declared = { location: '/elsewhere', status: 202 }
    const created = await world.rest(anonymous, 'POST', '/parcels', { body: { label: 'second' } })
    assert.deepEqual([created.status, created.headers.get('location')], [202, '/elsewhere'])
  })

  it('leaves the Location of what was created, unless they name another', async () => {
    said.declared = { headers: { 'X-Own': 'yes' } }
    const { status, headers, body } = await world.rest(anonymous, 'POST', '/parcels', {
      body: { label: 'x' }
    })
    assert.deepEqual(
      [status, headers.get('location'), headers.get('x-own')],
      [201, `/api/v1/parcels/${body.id}`, 'yes']
    )
  })

  it('adds to Vary, and to the cookies of the server', async () => {
    said.declared = { headers: { vary: 'Accept-Language', 'Set-Cookie': ['a=1', 'b=2'] } }
    const { headers } = await get()
    assert.match(headers.get('vary')!, /Accept\b.*Accept-Language/)
    assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2'])
  })

  const MISTAKES: [what: string, http: Json][] = [
    ['a line break in a value', { headers: { 'X-Own': 'a\r\nSet-Cookie: b=1' } }],
    ['a name that is none', { headers: { 'X Own': 'a' } }],
    ['a value that is an object', { headers: { 'X-Own': { a: 1 } } }],
    ['a value beyond Latin-1', { headers: { 'X-Own': '→' } }],
    ['a length of its own', { headers: { 'content-length': '3' } }],
    ['a coding of its own', { headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a status that announces another', { status: 100 }],
    ['a status that is none', { status: 'fine' }]
  ]
  for (const [what, http] of MISTAKES)
    it(`is a 500 where it has ${what}, and nothing of it is sent`, async () => {
      said.declared = { headers: { 'X-Good': 'yes' }, ...http }
      if (http.headers) said.declared!.headers = { 'X-Good': 'yes', ...http.headers }
      const { status, headers, body } = await get()
      assert.deepEqual([status, body.error.code], [500, 'INTERNAL_ERROR'])
      assert.deepEqual(
        ['x-good', 'x-own', 'set-cookie'].map((name) => headers.get(name)),
        [null, null, null]
      )
      said.declared = undefined
      assert.equal((await get()).status, 200, 'the server goes on')
    })

  it('is nothing over a socket, whose answers have neither', async () => {
    said.declared = { status: 206, headers: { 'X-Own': 'a\nb' }, location: '/elsewhere' }
    const socket = await world.socket()
    assert.deepEqual((await socket.call('get', 'parcels', 1)).label, 'first')
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const parcels = defineResource('parcels', {
  fields: { label: text() },
  access: { read: anyone, create: anyone },
  limits: { body: 200 }
}) as unknown as AnyResource

describe('what a request is for', () => {
  let world: World
  let owner: Person
  const open: Socket[] = []
  before(async () => {
    world = await startWorld({ resources: [parcels] })
    owner = await world.register('owner')
    const app = world.app as unknown as { use(path: string, service: object): void }
    app.use('bells', { find: async () => [], create: async (data: object) => data })
  })
  after(() => world?.close())
  afterEach(() => open.splice(0).forEach((socket) => socket.destroy()))

  /** The head of an answer to a request of which the body never comes. */
  const head = async (line: string, headers: Record<string, string>): Promise<string> => {
    const { hostname, port } = new URL(world.url)
    const socket = connect(Number(port), hostname)
    open.push(socket)
    await once(socket, 'connect')
    const lines = { Host: 'localhost', 'Content-Type': 'application/json', ...headers }
    const written = Object.entries(lines).map(([name, value]) => `${name}: ${value}`)
    socket.write([`${line} HTTP/1.1`, ...written, '', ''].join('\r\n'))
    const [data] = (await once(socket, 'data')) as [Buffer]

    return data.toString()
  }
  const status = async (line: string, headers: Record<string, string>) => Number((await head(line, headers)).split(' ')[1]) // prettier-ignore

  const LENGTH = { 'Content-Length': '100' }
  const ROWS: [what: string, line: string, headers: Record<string, string>, status: number][] = [
    ['a path that is not there', 'POST /api/v1/nothing', LENGTH, 404],
    ['a path that is not there, of a body of no type', 'POST /api/v1/nothing', { ...LENGTH, 'Content-Type': 'text/css' }, 404],
    ['a path that is not there, for who accepts no JSON', 'POST /api/v1/nothing', { ...LENGTH, Accept: 'text/css' }, 404],
    ['a body in pieces to a path that is not there', 'POST /api/v1/nothing', { 'Transfer-Encoding': 'chunked' }, 404],
    ['a method that the path does not take', 'POST /api/v1/parcels/1', LENGTH, 405],
    ['such a method, for who accepts no JSON', 'PUT /api/v1/parcels', { ...LENGTH, Accept: 'text/css', 'Content-Type': 'text/css' }, 405],
    ['such a method of a service that is not declared', 'PATCH /api/v1/bells', LENGTH, 405],
    ['who accepts no JSON', 'POST /api/v1/parcels', { ...LENGTH, Accept: 'text/css' }, 406],
    ['who accepts no JSON of a service that is not declared', 'POST /api/v1/bells', { ...LENGTH, Accept: 'text/css' }, 406],
    ['another type of body', 'POST /api/v1/parcels', { ...LENGTH, 'Content-Type': 'text/css' }, 415],
    ['more than the operation takes', 'POST /api/v1/parcels', { 'Content-Length': '201' }, 413],
    ['more than it takes where nothing takes the method', 'POST /api/v1/authentication/1', { 'Content-Length': '9000' }, 413]
  ] // prettier-ignore
  for (const [what, line, headers, expected] of ROWS)
    it(`is known before the body is read: ${expected} for ${what}`, async () =>
      assert.equal(await status(line, headers), expected))

  it('says on a type what is taken and what is answered', async () => {
    const typed = { raw: 'a{}', headers: { 'Content-Type': 'text/css' } }
    const unread = await world.rest(owner, 'POST', '/parcels', typed)
    assert.deepEqual(
      [unread.status, unread.body.error.code, unread.body.error.hint],
      [
        415,
        'UNSUPPORTED_MEDIA_TYPE',
        'Send Content-Type: application/json or text/csv or application/x-ndjson in UTF-8, not text/css'
      ]
    )
    const unwanted = await world.rest(owner, 'GET', '/parcels', { headers: { Accept: 'text/css' } })
    const hint = 'Accept application/json, application/problem+json, application/vnd.rachis.v1+json, text/csv, application/x-ndjson or */*' // prettier-ignore
    assert.deepEqual([unwanted.status, unwanted.body.error.code, unwanted.body.error.hint], [406, 'NOT_ACCEPTABLE', hint]) // prettier-ignore
  })

  it('is an operation also where its resource has no address, and the header of Feathers names it', async () => {
    const named = (method: string, body?: object) =>
      world.rest(owner, 'POST', '/auth', { body, headers: { 'X-Service-Method': method } })
    const me = await named('me', {})
    assert.deepEqual([me.status, me.body], [200, (await world.rest(owner, 'GET', '/auth/me')).body])
    const account = { email: 'new@example.com', username: 'newcomer', password: 'correct-horse' }
    const registered = await named('register', account)
    assert.equal(registered.status, 201, 'as by its own address')
    assert.equal((await named('nothing', {})).status, 404)
    assert.equal((await named('create', {})).status, 404)
  })

  it('ends the connection where a long body was left unread, and keeps it for a short one', async () => {
    const connectionOf = async (headers: Record<string, string>) =>
      /^connection: (.*)$/im.exec(await head('POST /api/v1/nothing', headers))?.[1]?.trim()
    assert.deepEqual(
      [
        await connectionOf({ 'Content-Length': '10000000' }),
        await connectionOf({ 'Transfer-Encoding': 'chunked' }),
        await connectionOf(LENGTH)
      ],
      ['close', 'close', 'keep-alive']
    )
  })
})

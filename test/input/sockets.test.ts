import assert from 'node:assert/strict'
import { once as onceOf } from 'events'
import type { EventEmitter } from 'events'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type { KnownCode } from './contract'
import type { Json, Listener, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertContract, assertError, unchanged } from './contract'

type Row = readonly [what: string, packet: unknown[], code: KnownCode, field?: string]

const OBJECTS: [string, unknown][] = [
  ['an object', { $ne: null }],
  ['an empty object', {}],
  ['a list', [1]],
  ['an object with an id', { id: 1 }]
]
const NOTHINGS: unknown[] = ['abc', '', 0, -1, 1.5, 2 ** 53, 1e300, true, '1e0', '01', ' 1', "1'; drop table tasks", '9'.repeat(1000), 'constructor', '__proto__', 'a\0', '\ud800'] // prettier-ignore
const SERVER_ONLY = [
  'setup', 'teardown', '_find', '_get', '_create', '_patch', '_remove', '_update', '_lock', 'run', 'publish', 'on', 'once', 'emit', 'hooks',
  'filter', 'options', 'sanitizeQuery', 'allowsMulti', 'registerPublisher', 'find ', 'FIND', 'tasks::find', 'tasks created', 'authenticate'
] // prettier-ignore
const NAMES = ['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
/** A client's socket emits as Node's emitters do, though its type does not say so. */
const once = (socket: Socket, event: string) => onceOf(socket as unknown as EventEmitter, event)
const deep = (depth: number): Json => (depth === 0 ? {} : { a: deep(depth - 1) })

const PACKETS: Row[] = [
  ...[...SERVER_ONLY, ...NAMES].map((event): Row => [`the event ${event}`, [event, 'tasks', {}], 'BAD_REQUEST']),
  ...[null, 1, {}, [], ['tasks'], true, { path: 'tasks' }].map((path): Row => [`the path ${JSON.stringify(path)}`, ['find', path], 'BAD_REQUEST']),
  ...['nothing', '', ' tasks', 'TASKS', 'tasks/1/complete', '../tasks', 'tasks\0', ...NAMES, ...NAMES.filter((name) => name in {}).map((name) => `tasks/${name}`)].map((path): Row => [`the path '${path}'`, ['find', path], 'NO_SUCH_PATH']),
  ...['tasks/1', '/tasks/1/', 'tasks/abc', 'auth/me', 'security-events/1'].map((path): Row => [`the path of a record '${path}'`, ['find', path, {}], 'NO_SUCH_PATH']),
  ...['create', 'patch', 'update', 'remove', 'complete'].map((method): Row => [`${method} under the path of a record`, [method, 'tasks/1', { title: 'x' }], 'NO_SUCH_PATH']),
  ['no path', ['find'], 'BAD_REQUEST'],
  ['a method of another service', ['complete', 'products', { id: 1 }], 'METHOD_NOT_ALLOWED'],
  ['a method of authentication', ['register', 'authentication', {}], 'METHOD_NOT_ALLOWED'],
  ['two queries', ['find', 'tasks', {}, {}], 'BAD_REQUEST'],
  ['two queries for one', ['get', 'tasks', 1, {}, {}], 'BAD_REQUEST'],
  ['a text for a query', ['find', 'tasks', 'title'], 'BAD_REQUEST', 'query'],
  ['a number for a query', ['find', 'tasks', 5], 'BAD_REQUEST', 'query'],
  ['a boolean for a query', ['get', 'tasks', 1, true], 'BAD_REQUEST', 'query'],
  ['a list for a query', ['find', 'tasks', [{ title: 'x' }]], 'BAD_REQUEST', 'query'],
  ['a query on one', ['get', 'tasks', 1, { title: 'x' }], 'BAD_QUERY', 'title'],
  ...['get', 'remove'].flatMap((method) => OBJECTS.map(([what, id]): Row => [`${method} by ${what}`, [method, 'tasks', id], 'VALIDATION_ERROR', 'id'])),
  ...['patch', 'update'].flatMap((method) => OBJECTS.map(([what, id]): Row => [`${method} by ${what}`, [method, 'tasks', id, { title: 'x' }], 'VALIDATION_ERROR', 'id'])),
  ...OBJECTS.map(([what, id]): Row => [`complete by ${what}`, ['complete', 'tasks', { id }], 'VALIDATION_ERROR', 'id']),
  ...NOTHINGS.flatMap((id): Row[] => [[`get by ${String(id).slice(0, 20)}`, ['get', 'tasks', id], 'NOT_FOUND'], [`complete by ${String(id).slice(0, 20)}`, ['complete', 'tasks', { id }], 'NOT_FOUND']]),
  ...[['get', 'tasks', null], ['get', 'tasks'], ['remove', 'tasks', null], ['remove', 'tasks'], ['patch', 'tasks', null, { title: 'x' }], ['update', 'tasks', null, { title: 'x' }], ['complete', 'tasks', {}]].map((packet): Row => [`no id: ${JSON.stringify(packet)}`, packet, 'METHOD_NOT_ALLOWED']),
  ...[undefined, null, 'x', 5, true].map((data): Row => [`to create ${String(data)}`, ['create', 'tasks', data], 'MALFORMED_BODY']),
  ['to create without data', ['create', 'tasks'], 'MALFORMED_BODY'],
  ['to patch with a list', ['patch', 'tasks', 1, []], 'MALFORMED_BODY'],
  ['an action on a list', ['complete', 'tasks', [1]], 'MALFORMED_BODY'],
  ['an action with a text', ['complete', 'tasks', 'x'], 'MALFORMED_BODY'],
  ['an action with more', ['complete', 'tasks', { id: 1, force: true }], 'VALIDATION_ERROR', 'force'],
  ['to create with another owner', ['create', 'tasks', { title: 'x', user_id: 1 }], 'VALIDATION_ERROR', 'user_id'],
  ['half a pair', ['create', 'tasks', { title: '\ud800' }], 'VALIDATION_ERROR', 'title'],
  ['U+0000', ['create', 'tasks', { title: '\0' }], 'VALIDATION_ERROR', 'title'],
  ['bytes', ['create', 'tasks', { title: Buffer.from('x') }], 'BAD_REQUEST'],
  ['bytes for data', ['create', 'tasks', Buffer.alloc(10_000)], 'BAD_REQUEST'],
  ['bytes for an id', ['get', 'tasks', Buffer.from('1')], 'BAD_REQUEST'],
  ['nested 40 deep', ['create', 'tasks', { title: deep(40) }], 'VALIDATION_ERROR', 'title'],
  ['nested 1,000 deep', ['create', 'tasks', deep(1000)], 'BAD_REQUEST'],
  ['a query nested 1,000 deep', ['find', 'tasks', deep(1000)], 'BAD_REQUEST'],
  ['10,000 records', ['create', 'tasks', Array.from({ length: 10_000 }, () => ({ title: 'x' }))], 'VALIDATION_ERROR'],
  ['a message of a byte more than a body', ['create', 'tasks', { title: 'x'.repeat(2 ** 20) }], 'PAYLOAD_TOO_LARGE'],
  ['85,000 keys', ['create', 'tasks', Object.fromEntries(Array.from({ length: 85_000 }, (_, i) => [`k${i}`, 1]))], 'PAYLOAD_TOO_LARGE'],
  ['11 arguments', ['create', 'tasks', ...Array<number>(9).fill(1)], 'BAD_REQUEST'],
  ['a method of a million letters', ['x'.repeat(1e6), 'tasks', {}], 'BAD_REQUEST'],
  ['a method that is an object of 5,000 keys', [Array.from({ length: 5000 }, () => ({ a: 1 })), 'tasks'], 'BAD_REQUEST'],
  ['a service of a million letters', ['find', 'x'.repeat(1e6), {}], 'BAD_REQUEST'],
  ['a service of a million slashes', ['find', `${'/'.repeat(1e6)}x`, {}], 'BAD_REQUEST'],
  ['a query of 40,000 keys', ['find', 'tasks', Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`k${i}`, 1]))], 'BAD_QUERY'],
  ['a list of 40,000 values', ['find', 'tasks', { id: { $in: Array<number>(40_000).fill(1) } }], 'BAD_QUERY'],
  ['a log-in of 10,000 bytes', ['login', 'auth', { email: 'x'.repeat(10_000) }], 'PAYLOAD_TOO_LARGE'],
  ['a log-in of 10,000 bytes by Feathers', ['create', 'authentication', { strategy: 'x'.repeat(10_000) }], 'PAYLOAD_TOO_LARGE'],
  ['a log-in of 10,000 bytes by Feathers, under the path of a record', ['create', 'authentication/1', { strategy: 'x'.repeat(10_000) }], 'PAYLOAD_TOO_LARGE'],
  ['a report with more', ['me', 'auth', { id: 1 }], 'BAD_QUERY', 'id'],
  ['a token as an object', ['create', 'authentication', { strategy: 'jwt', accessToken: { $ne: '' } }], 'INVALID_TOKEN'],
  ['a strategy as a list', ['create', 'authentication', { strategy: ['jwt'], accessToken: 'x' }], 'NOT_AUTHENTICATED'],
  ['a strategy by inheritance', ['create', 'authentication', { strategy: 'constructor' }], 'NOT_AUTHENTICATED'],
  ['no strategy', ['create', 'authentication', null], 'NOT_AUTHENTICATED']
] // prettier-ignore

describe('sockets', () => {
  let world: World
  let cast: Awaited<ReturnType<World['cast']>>
  let owner: Listener
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    await world.rest(cast.owner, 'POST', '/tasks', { body: { title: 'First' } })
    owner = await world.socket(cast.owner)
  })
  after(() => world?.close())

  const refusal = ([event, ...args]: unknown[]) => owner.refusal(event as string, ...args) as Promise<Json>
  /** A packet as it goes over the wire: the client's library would not let it pass. */
  const written = (listener: Listener, packet: string) => {
    const acks = listener.socket as unknown as { acks: Record<number, unknown>; ids: number }
    const id = acks.ids++
    const answer = new Promise<Json>((resolve) => (acks.acks[id] = resolve))
    listener.socket.io.engine.write(packet.replace('#', String(id)))

    return answer
  }

  for (const [what, packet, code, field] of PACKETS) {
    it(`${code} for ${what.slice(0, 70)}`, () =>
      unchanged(world, async () => assertError(await refusal(packet), { code, field })))
  }

  it('leads from the path of a record to the service and its id', async () => {
    const rows: [unknown[], string][] = [
      [['find', 'tasks/1', {}], "Emit 'get', 'tasks', '1'"],
      [['remove', '/tasks/1/'], "Emit 'remove', 'tasks', '1'"],
      [['find', 'auth/me'], "Emit 'me', 'auth'"],
      [['create', 'authentication/1', {}], "Emit 'create', 'authentication'"]
    ]
    for (const [packet, hint] of rows) assert.equal((await refusal(packet)).error.hint, hint)
  })

  const WIRE: [string, string, KnownCode, string?][] = [
    ['49,000 arguments', `2#["create","tasks"${',1'.repeat(49_000)}]`, 'BAD_REQUEST'],
    ['a polluting query', '2#["find","tasks",{"__proto__":{"title":"x"}}]', 'BAD_REQUEST'],
    ['polluting data', '2#["create","tasks",{"title":"x","__proto__":{"user_id":1}}]', 'BAD_REQUEST'],
    ['pollution inside', '2#["create","tasks",{"title":{"a":[{"__proto__":{}}]}}]', 'BAD_REQUEST'],
    ['a constructor', '2#["create","tasks",{"title":"x","constructor":{"prototype":{"a":1}}}]', 'VALIDATION_ERROR', 'constructor'],
    ['an infinite number', '2#["create","tasks",{"title":1e999}]', 'VALIDATION_ERROR', 'title'],
    ['a connection by name', '2#["connection"]', 'BAD_REQUEST'],
    ['a number for an event', '2#[1,"tasks"]', 'BAD_REQUEST'],
    ['a flood of attachments that never come', '5999999999-#["create","tasks",{"_placeholder":true,"num":0}]', 'BAD_REQUEST'],
    ['the event of refused packets', '2#["$refused","INTERNAL_ERROR","x"]', 'BAD_REQUEST'],
    ['nested 100,000 deep', `2#["create","tasks",{"title":${'['.repeat(1e5)}${']'.repeat(1e5)}}]`, 'BAD_REQUEST']
  ] // prettier-ignore
  for (const [what, packet, code, field] of WIRE) {
    it(`${code} for ${what}`, () =>
      unchanged(world, async () => assertError(await written(owner, packet), { code, field })))
  }

  it('pollutes nothing', () => {
    for (const name of ['title', 'user_id', 'a']) assert.equal(({} as Json)[name], undefined)
  })

  const FATAL: [string, string][] = [
    ['JSON that is none', '21["find",'],
    ['a disconnect by name', '21["disconnect","tasks"]'],
    ['an event that is no list', '21{"find":"tasks"}'],
    ['an event without a name', '21[]'],
    ['an event named by an object', '21[{"a":1},"tasks"]'],
    ['a packet of an unknown type', '9["find"]'],
    ['a namespace of a million letters', `40/${'a'.repeat(1e6)},`],
    ['a credential of 20,000 letters', `40{"token":"${'a'.repeat(20_000)}"}`],
    ['a message of 5 MB', `21["create","tasks",{"title":"${'x'.repeat(5 * 2 ** 20)}"}]`],
    [
      'a frame larger than a body and an envelope',
      `21["create","tasks",{"title":"${'x'.repeat(2 ** 20 + 5000)}"}]`
    ]
  ]
  for (const [what, packet] of FATAL) {
    it(`cuts the connection that sends ${what}`, () =>
      unchanged(world, async () => {
        const { socket } = await world.socket(cast.owner)
        socket.io.reconnection(false)
        const over = once(socket, 'disconnect')
        socket.io.engine.write(packet)
        await over
        assert.equal((await owner.call('find', 'tasks', {})).total, 1)
      }))
  }

  it('needs no acknowledgement, and answers the next call after whatever came without one', () =>
    unchanged(world, async () => {
      for (const [, [event, ...args]] of PACKETS)
        if (event !== 'authenticate') owner.socket.emit(event as string, ...args)
      assert.equal((await owner.call('find', 'tasks', {})).total, 1)
    }))

  it('answers a handshake with a bad token by an error, and connects nobody', async () => {
    for (const value of ['Bearer x', 'Bearer', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.']) {
      const socket = io(world.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { Authorization: value } }) // prettier-ignore
      const [error] = (await once(socket, 'connect_error')) as [Error & { data?: Json }]
      assert.equal(error.message, 'The token is not valid')
      assertError(error.data!, { code: 'INVALID_TOKEN' })
      socket.disconnect()
    }
  })

  it('gives the same answers to polling', async () => {
    const socket = io(world.url, { transports: ['polling'], forceNew: true, reconnection: false })
    await once(socket, 'connect')
    const answer = await new Promise<Json>((resolve) => socket.emit('_find', 'users', resolve))
    assertError(answer, { code: 'BAD_REQUEST' })
    const over = once(socket, 'disconnect')
    socket.emit('create', 'tasks', { title: 'x'.repeat(5 * 2 ** 20) })
    await over
  })

  it('measures each message of a payload for itself', async () => {
    const path = `${world.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(path)).text()).slice(1)) as { sid: string }
    const post = (body: string) => fetch(`${path}&sid=${sid}`, { method: 'POST', body })
    const login = `420${JSON.stringify(['login', 'auth', { email: 'x'.repeat(10_000), password: 'x' }])}`
    await post('40')
    await post([login, '421["find","products",{"$limit":0}]'].join('\x1e'))
    let answers = ''
    while (!/431\[/.test(answers) || !/430\[/.test(answers)) answers += `${await (await fetch(`${path}&sid=${sid}`)).text()}\x1e` // prettier-ignore
    const [large, small] = ['430', '431'].map((head) => JSON.parse(answers.split('\x1e').find((text) => text.startsWith(head))!.slice(3))) // prettier-ignore
    assertError(large[0], { code: 'PAYLOAD_TOO_LARGE' })
    assert.deepEqual([small[0], small[1].total], [null, 0])
  })

  it('errors have one form for a stranger too', async () => {
    const stranger = await world.socket(anonymous)
    for (const [method, ...args] of [['find', 'tasks'], ['create', 'tasks', { title: 'x' }], ['complete', 'tasks', { id: 1 }], ['me', 'auth', {}]])
      assertContract(await stranger.refusal(method as string, ...args))
  }) // prettier-ignore
})

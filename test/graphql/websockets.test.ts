import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { mock } from 'node:test'
import { WebSocket } from 'ws'
import { APP, EVIL, lastEvent, owner, signedIn, tasks, withCookies, world } from '../auth/cookies-stage'
import type { Json, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import type { Module } from '../../packages/rachis/src/module'
import { logger } from '../../packages/rachis/src/util/logger'
import { modules } from '../../src/modules'
import { authorization, graphqlAt } from './ask'

const CREATE = 'mutation { tasks_create(data: { title: "by a page" }) { id } }'
const EVENTS = 'subscription { tasks { event record { id } } }'

/** A websocket as a browser opens it, with headers that a page cannot choose. */
class Raw {
  private readonly waiting: ((message: Json) => void)[] = []
  private readonly messages: Json[] = []

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Json
      const next = this.waiting.shift()
      if (next) next(message)
      else this.messages.push(message)
    })
  }

  static async open(at: World, headers: Record<string, string> = {}, payload: Json = {}): Promise<Raw> {
    const raw = new Raw(
      new WebSocket(graphqlAt(at).replace('http', 'ws'), 'graphql-transport-ws', { headers })
    )
    await once(raw.socket, 'open')
    raw.send({ type: 'connection_init', payload })
    assert.equal((await raw.next()).type, 'connection_ack')

    return raw
  }

  send(message: Json) {
    this.socket.send(JSON.stringify(message))
  }

  async next(): Promise<Json> {
    return this.messages.shift() ?? new Promise((resolve) => this.waiting.push(resolve))
  }

  ask(id: string, query: string) {
    this.send({ id, type: 'subscribe', payload: { query } })
  }

  /** The code of the first error that an operation is answered with; undefined for an answer without errors. */
  async code(id: string): Promise<string | undefined> {
    for (;;) {
      const { id: of, type, payload } = await this.next()
      if (of !== id || type === 'complete') continue
      const [error] = (Array.isArray(payload) ? payload : (payload.errors ?? [])) as Json[]
      return error?.extensions.code
    }
  }

  async close() {
    this.socket.close()
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close')
  }
}

/** The status and the error that an offer of a websocket was refused with. */
const refusalOf = async (at: World): Promise<Json> => {
  const socket = new WebSocket(graphqlAt(at).replace('http', 'ws'), 'graphql-transport-ws')
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]

  return { status: response.statusCode, code: ((await json(response)) as Json).error.code }
}

describe('a websocket of GraphQL with cookies', () => {
  withCookies()

  it('does nothing and tells nothing for a page of another site', async () => {
    const tab = await signedIn()
    const before = await tasks()
    for (const headers of [{ Origin: EVIL }, { Origin: 'null' }, {}, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const raw = await Raw.open(world, { ...(headers as Record<string, string>), Cookie: tab.header })
      for (const query of [CREATE, EVENTS, '{ tasks_find { nodes { id } } }']) {
        raw.ask('1', query)
        assert.equal(await raw.code('1'), 'CSRF_REFUSED', `${JSON.stringify(headers)} ${query}`)
      }
      await raw.close()
    }
    assert.equal(await tasks(), before)
    assert.deepEqual((await lastEvent()).details, { reason: 'foreign_origin', path: 'socket' })
  })

  it('is its reader for a page of its own site, and a token signs in from everywhere', async () => {
    const tab = await signedIn()
    const { token } = await world.login(owner)
    const opened = [
      await Raw.open(world, { Origin: APP, Cookie: tab.header }),
      await Raw.open(world, { Origin: EVIL, Cookie: tab.header }, { authorization: `Bearer ${token}` })
    ]
    for (const raw of opened) {
      const before = await tasks()
      raw.ask('events', EVENTS)
      assert.equal((await raw.next()).payload.data.tasks.event, 'hello')
      raw.ask('create', CREATE)
      for (let event = ''; event !== 'created';) {
        const { payload } = await raw.next()
        event = (payload?.data?.tasks?.event as string | undefined) ?? ''
      }
      assert.equal(await tasks(), before + 1)
      await raw.close()
    }
  })
})

describe('the websockets of GraphQL', () => {
  const withWorld = async (settings: Json, work: (at: World) => Promise<void>) => {
    const at = await startWorld({ settings })
    try {
      await work(at)
    } finally {
      await at.close()
    }
  }

  it('are as many as one address may have sockets, until some are closed', () =>
    withWorld({ sockets: { per_address: 3 } }, async (at) => {
      const [first, ...others] = [await Raw.open(at), await Raw.open(at), await Raw.open(at)]
      assert.deepEqual(await refusalOf(at), { status: 429, code: 'TOO_MANY_REQUESTS' })
      await first.close()
      const again = await Raw.open(at)
      for (const raw of [...others, again]) await raw.close()
    }))

  it('are as many as may be open without being signed in', () =>
    withWorld({ sockets: { unsigned: 1 } }, async (at) => {
      const raw = await Raw.open(at)
      assert.deepEqual(await refusalOf(at), { status: 429, code: 'TOO_MANY_REQUESTS' })
      await raw.close()
    }))

  it('count as requests of their address', () =>
    withWorld({ rate_limit: { requests: 2, window: 3600 } }, async (at) => {
      const opened = [await Raw.open(at), await Raw.open(at)]
      assert.deepEqual(await refusalOf(at), { status: 429, code: 'TOO_MANY_REQUESTS' })
      assert.equal((await at.rest(anonymous, 'GET', '/products')).status, 429)
      for (const raw of opened) await raw.close()
    }))

  it('have no more operations under way than may be', () =>
    withWorld({}, async (at) => {
      const person = await at.register('busy')
      const raw = await Raw.open(at, {}, authorization(person))
      const ids = Array.from({ length: 100 }, (_, index) => `s${index}`)
      for (const id of ids) raw.ask(id, EVENTS)
      assert.equal(await raw.code(ids.at(-1)!), undefined)
      raw.ask('one more', '{ tasks_find { totalCount } }')
      assert.equal(await raw.code('one more'), 'TOO_MANY_REQUESTS')
      raw.send({ id: 's0', type: 'complete' })
      raw.ask('again', '{ tasks_find { totalCount } }')
      assert.equal(await raw.code('again'), undefined)
      await raw.close()
    }))

  it('are not more because their client ends what it has asked before it is answered', () =>
    withWorld({}, async (at) => {
      const person = await at.register('hasty')
      const raw = await Raw.open(at, {}, authorization(person))
      for (let index = 0; index < 300; index++) {
        raw.ask(`q${index}`, '{ tasks_find { totalCount } }')
        // The last ones stay, so that there is an answer to wait for.
        if (index < 250) raw.send({ id: `q${index}`, type: 'complete' })
      }
      const codes = new Set<string | undefined>()
      for (let left = 50; left > 0;) {
        const { type, payload } = await raw.next()
        if (type === 'complete') continue
        codes.add((payload as Json[])[0]?.extensions?.code)
        left--
      }
      assert.ok(codes.has('TOO_MANY_REQUESTS'), [...codes].join())
      await raw.close()
    }))

  it('answer a failure that nobody foresaw without its words, and log it once under its trace', async () => {
    // Accounts, with a way to find out who calls that breaks for one address of a page.
    const breaking = (module: Module): Module => ({
      ...module,
      identity(context) {
        const identity = module.identity!(context)
        const parse: typeof identity.parse = (request, response) => {
          if (request.headers['x-breaks']) throw new TypeError('secret words')
          return identity.parse(request, response)
        }
        return { ...identity, parse }
      }
    })
    const logged = mock.method(logger, 'error')
    const parts = modules.map((module: Module) => (module.identity ? breaking(module) : module))
    const at = await startWorld({ modules: parts })
    try {
      const raw = await Raw.open(at, { 'X-Breaks': 'yes' })
      raw.ask('1', '{ tasks_find { totalCount } }')
      const [error] = (await raw.next()).payload as Json[]
      assert.equal(error!.extensions.code, 'INTERNAL_ERROR')
      assert.ok(!JSON.stringify(error).includes('secret words'))
      const lines = logged.mock.calls.map(({ arguments: [facts] }) => facts as unknown as Json)
      assert.deepEqual(lines.map(({ err, trace_id }) => [err.message, trace_id]), [['secret words', error!.extensions.trace_id]]) // prettier-ignore
      await raw.close()
    } finally {
      logged.mock.restore()
      await at.close()
    }
  })

  it('are closed when the server stops', async () => {
    const at = await startWorld()
    const raw = await Raw.open(at)
    const closed = once(raw.socket, 'close')
    await at.close()
    const [code] = (await closed) as [number]
    assert.equal(code, 1001)
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { authenticated, defineResource, owner, text } from '../../packages/rachis/src/declare'
import type { Settings } from '../../packages/rachis/src/declare/declarations'
import type { Partly } from '../../packages/rachis/src/settings/merge'
import type { Answer, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** Notes that a caller may create three of in a minute, and touch ten times in all. */
export const notes = defineResource('rated_notes', {
  fields: { title: text({ minLength: 1 }), user_id: owner('users') },
  access: { read: true, create: authenticated, update: authenticated, remove: authenticated },
  limits: { rate: { requests: 10, operations: { create: { requests: 3 }, get: { cost: 4 } } } }
})

/** A world where an address may ask so often within an hour: no test sees the end of a window. */
export const limitedWorld = (requests: number, settings: Partly<Settings> = {}, database?: string) =>
  startWorld({
    resources: [notes],
    settings: { ...settings, rate_limit: { requests, window: 3600, ...settings.rate_limit } },
    ...(database === undefined ? {} : { database })
  })

/** What an answer says of how much is left of a policy, in the form of the draft of the IETF. */
export const left = ({ headers }: Pick<Answer, 'headers'>, policy = 'address'): number => {
  const item = (headers.get('ratelimit') ?? '').split(', ').find((one) => one.startsWith(`"${policy}"`))
  assert.ok(item, `no ${policy} in ${headers.get('ratelimit')}`)

  return Number(/;r=(\d+)/.exec(item)![1])
}

export const assertLimited = ({ status, headers, body }: Answer) => {
  assert.equal(status, 429)
  assert.equal(body.error.code, 'TOO_MANY_REQUESTS')
  const seconds = Number(headers.get('retry-after'))
  assert.ok(seconds > 0 && seconds <= 3600, String(seconds))
  assert.equal(body.error.details[0].retry_after, seconds)
}

/** That a batch which the budget of its address refuses leaves that of its user as it was. */
export const assertRefunded = async (settings: Partly<Settings>): Promise<void> => {
  const world = await limitedWorld(20, { ...settings, trust_proxy: 1, rate_limit: { user: 30 } })
  try {
    const person = await world.register('refunded')
    const [near, far] = ['198.51.100.31', '198.51.100.32']
    const ask = async (address: string) => left(await world.rest(person, 'GET', '/products', from(address)), 'user') // prettier-ignore
    let before = 0
    for (let index = 0; index < 5; index++) before = await ask(near)
    const operations = Array(17).fill({ method: 'GET', path: '/products' })
    const refused = await world.rest(person, 'POST', '/batch', { body: { operations }, ...from(near) })
    assertLimited(refused)
    assert.equal(left(refused, 'user'), before - 1, 'the batch itself is one request, as its answer says')
    assert.equal(await ask(far), before - 2)
  } finally {
    await world.close()
  }
}

/** The paths of handshakes of Socket.IO. One that ends with `=websocket` hands its connection over, whichever transport it names. */
export const HANDSHAKES = ['polling', 'websocket', 'polling&offer=websocket'].map(
  (transport) => `/socket.io/?EIO=4&transport=${transport}`
)

/** What a handshake of a socket is answered that is refused. */
export const handshake = async (url: string, path: string, headers: Record<string, string>) => {
  const offer = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } // prettier-ignore
  const sent = request(`${url}${path}`, {
    headers: { ...headers, ...(path.endsWith('=websocket') ? offer : {}) }
  })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const body = (await json(answer)) as { code: number; error: { code: string; message: string } }

  return { status: answer.statusCode, headers: answer.headers, body }
}

/** Another address, as a trusted proxy tells it. */
export const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })

export type { World }

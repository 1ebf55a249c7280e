import assert from 'node:assert/strict'
import { once as onceOf } from 'events'
import type { EventEmitter } from 'events'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type { Json, World } from '../helpers/world'
import { assertStandstill } from '../helpers/standstill'
import { anonymous, startWorld } from '../helpers/world'

/** A client's socket emits as Node's emitters do, though its type does not say so. */
const once = (socket: Socket, event: string) => onceOf(socket as unknown as EventEmitter, event)

describe('many small packets of one socket', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world?.close())

  const polling = async () => {
    const url = `${world.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string }
    const post = async (body: string) => fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    const poll = () => fetch(`${url}&sid=${sid}`)
    await post('40')
    await poll()

    return { post, poll }
  }

  for (const packet of ['42["a"]', '421["find","x"]', '40/a,', '3']) {
    it(`are not read where one request brings thousands of ${packet}`, async () => {
      const packets = Array(Math.floor(1e6 / (packet.length + 1))).fill(packet).join('\x1e') // prettier-ignore
      await assertStandstill(400, async () => {
        const { post, poll } = await polling()
        await post(packets)
        assert.equal((await poll()).status, 400)
      })
    })
  }

  it('are all answered where they are some hundred, in their order', async () => {
    const { socket } = await world.socket(anonymous)
    const order: number[] = []
    const calls = Array.from({ length: 500 }, (_, index) =>
      new Promise<Json>((resolve) => socket.emit('find', 'nothing', {}, resolve)).then(({ error }) => {
        order.push(index)
        return error.code as string
      })
    )
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(['NO_SUCH_PATH']))
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b)
    )
  })

  it('end the connection where they are more, with one error', async () => {
    const socket = io(world.url, { transports: ['websocket'], forceNew: true, reconnection: false })
    await once(socket, 'connect')
    const codes = new Map<string, number>()
    const over = once(socket, 'disconnect')
    for (let index = 0; index < 1500; index++)
      socket.emit('find', 'products', {}, (error: Json | null) => {
        const code = (error?.error?.code as string | undefined) ?? 'answered'
        codes.set(code, (codes.get(code) ?? 0) + 1)
      })
    await over
    assert.equal(codes.get('TOO_MANY_REQUESTS'), 1)
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
  })
})

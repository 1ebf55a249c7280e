import { once } from 'node:events'
import { io } from 'socket.io-client'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import { EventRecorder as Listener } from '../../packages/rachis/src/testing/event-recorder'
import type { TestApp } from '../../packages/rachis/src/testing/test-app'
import type { Json } from '../helpers/world'
import type { Arrived } from './client'
import { Client } from './client'
import type { View } from './views'
import { findAll } from './views'

export class WasCut extends Error {}

abstract class SocketClient extends Client {
  protected listener?: Listener
  /** Events before this index say nothing of what is asked for since: what was missed of that is still to come. */
  protected from = 0

  get isOpen() {
    return this.listener?.socket.connected ?? false
  }

  protected async dial(world: TestApp, auth: object) {
    const { token } = this.person
    const extraHeaders: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
    const socket = io(world.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth, extraHeaders }) // prettier-ignore
    this.listener = new Listener(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('connect_error', reject)
      // A process that is killed now ends the connection before that is one of the namespace.
      socket.io.once('close', () => reject(new WasCut()))
    })
  }

  protected hangUp() {
    this.listener?.socket.disconnect()
    this.listener = undefined
  }

  protected arrived(): readonly Arrived[] {
    return (this.listener?.events ?? []).map(({ name, data, meta }, index) => ({
      name,
      data,
      subscription: meta?.subscription as string | undefined,
      ...(name === 'synced' && index >= this.from ? { token: data.position as string } : {}),
      ...(name.includes(' ') ? { place: idIn(meta.position as string) } : {})
    }))
  }

  /** What comes of it, unless the connection ends before. */
  protected unlessCut<T>(work: Promise<T>): Promise<T> {
    const { socket } = this.listener!
    const over = once(socket as never, 'disconnect').then(() => Promise.reject(new WasCut()))
    over.catch(() => undefined)

    return socket.connected ? Promise.race([over, work]) : Promise.reject(new WasCut())
  }

  protected async synced(place: number) {
    const { events } = this.listener!
    const isIt = (data: Json) =>
      idIn(data.position as string) >= place && events.findIndex((one) => one.data === data) >= this.from
    await this.unlessCut(this.listener!.event('synced', isIt))
  }
}

/** Over a socket that is told of everything, from the token of its handshake on. */
export class PlainClient extends SocketClient {
  protected async open(world: TestApp) {
    await this.dial(world, { after: this.token ?? null })
    for (const view of this.views.filter(({ isStale }) => isStale)) await this.readAnew(view, world)
  }
}

/** Over a socket with subscriptions. */
export class SubscribingClient extends SocketClient {
  protected async open(world: TestApp) {
    await this.dial(world, { events: 'subscriptions' })
    const { token } = this
    // Where nothing goes on `synced` comes at the beginning of the connection.
    this.from = 0
    const resumed = token === undefined ? [] : this.views.filter(({ isStale }) => !isStale)
    for (const view of this.views)
      await this.subscribe(view, resumed.includes(view) ? token : undefined, world)
  }

  /** Of what goes on `synced` comes behind what was missed, which comes behind the answer, perhaps with it in one piece. */
  private ask(path: string, asked: Json): Promise<Json> {
    const { socket, events } = this.listener!

    return new Promise((resolve) => {
      socket.emit('subscribe', path, asked, {}, (error: Json | null, answer: Json) => {
        if (!error && asked.after) this.from = events.length
        resolve(error ?? answer)
      })
    })
  }

  private async subscribe(view: View, after: string | undefined, world: TestApp) {
    const { path, query } = view
    view.subscription = undefined
    const asked = { query: after ? query : { ...query, $limit: 100 }, ...(after ? { after } : {}) }
    const answer = await this.unlessCut(this.ask(path, asked))
    // Who may not read it, as since another role, has an empty list.
    if (answer.error) return answer.error.code === 'FORBIDDEN' || answer.error.code === 'NOT_AUTHENTICATED' ? view.fill([]) : Promise.reject(new Error(JSON.stringify(answer))) // prettier-ignore
    view.subscription = answer.subscription as string
    if (after) return
    const isAll = answer.total <= answer.data.length
    view.fill(isAll ? (answer.data as Json[]) : (await findAll(world, this.person, path, query)).rows)
  }

  /** The same subscription, if it goes on. */
  protected override async readAnew(view: View, world: TestApp) {
    view.isStale = true
    if (!this.isOpen) return undefined
    await this.subscribe(view, undefined, world).catch((error: unknown) => {
      if (!(error instanceof WasCut)) throw error
    })

    return undefined
  }
}

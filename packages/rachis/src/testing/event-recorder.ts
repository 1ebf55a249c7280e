import assert from 'assert/strict'
import type { Socket } from 'socket.io-client'
import type { Json, Untyped } from './wire'

/** Something that a socket was told: `name` is such as `tasks created`. */
export interface RecordedEvent {
  readonly name: string
  readonly data: Json
  readonly meta: Json
}

const ANY = () => true

/** A socket that makes calls and keeps every event that it receives. */
export class EventRecorder {
  /** Of records, and of what is told of the socket itself. */
  readonly events: RecordedEvent[] = []
  /** What was told of writes of its own. */
  readonly applied: RecordedEvent[] = []
  private readonly waiting = new Set<() => void>()

  /** @param settled resolves when the server has handed on every change that is committed */
  constructor(
    readonly socket: Socket,
    private readonly settled: () => Promise<void> = async () => undefined
  ) {
    socket.onAny((name: string, data: Json, meta: Json) => {
      const list = name === 'applied' ? this.applied : this.events
      list.push({ name, data, meta })
      for (const check of this.waiting) check()
    })
  }

  /**
   * A call, with the arguments in the order of Feathers' clients.
   *
   * @example await recorder.call('create', 'tasks', { title: 'x' })
   * @throws the error as the server sends it: `{ error: { code: 'FORBIDDEN', … }, code: 403, … }`
   */
  call(method: string, ...args: readonly unknown[]): Promise<Untyped> {
    return new Promise((resolve, reject) => {
      this.socket.emit(method, ...args, (error: unknown, result: unknown) =>
        error ? reject(error as Error) : resolve(result)
      )
    })
  }

  /** The error of a call. @throws {Error} where the call is answered */
  refusal(method: string, ...args: readonly unknown[]): Promise<Untyped> {
    return this.call(method, ...args).then(
      (result) => {
        throw new Error(`expected a refusal, got ${JSON.stringify(result)}`)
      },
      (error: unknown) => error
    )
  }

  /** Resolves with the first event, past or to come, that fits. */
  async event(name: string, fits: (data: Json) => boolean = ANY): Promise<RecordedEvent> {
    const find = () =>
      [...this.events, ...this.applied].find((event) => event.name === name && fits(event.data))
    const found = find()
    if (found) return found

    return new Promise((resolve) => {
      const check = () => {
        const event = find()
        if (!event) return
        this.waiting.delete(check)
        resolve(event)
      }
      this.waiting.add(check)
    })
  }

  /**
   * The names of the events that were sent to this socket until now. Packets of one socket arrive in their order, so that all of them are here
   * once a call is answered that was made after them: a call of no service, which needs no right and reads nothing. A socket that has ended is
   * told nothing more.
   */
  async drained(): Promise<string[]> {
    if (this.socket.connected) await this.flushed()
    return this.events.map(({ name }) => name)
  }

  private flushed(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('disconnect', done)
        resolve()
      }
      this.socket.once('disconnect', done)
      void this.call('find', 'no-such-service').catch(() => undefined).then(done) // prettier-ignore
    })
  }

  /** The names of the events that follow from everything that is committed now. */
  async told(): Promise<string[]> {
    await this.settled()
    return this.drained()
  }

  /**
   * Asserts that nothing was told since `forget()`, or since the socket was opened. It waits for no time: the feed has passed the last committed
   * change, and what was sent because of it has arrived.
   *
   * @throws {AssertionError} with the events that came
   */
  async silent(): Promise<void> {
    await this.told()
    assert.deepEqual(this.events, [], 'this reader should have been told nothing')
  }

  /** Forgets the events that came. */
  forget(): void {
    this.events.length = 0
  }
}

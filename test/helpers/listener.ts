import type { Socket } from 'socket.io-client'
import type { Json } from './world'

/** A socket with its memory. */
export class Listener {
  readonly events: { name: string; data: Json; meta: Json }[] = []
  private readonly waiting = new Set<() => void>()

  constructor(readonly socket: Socket) {
    socket.onAny((name: string, data: Json, meta: Json) => {
      this.events.push({ name, data, meta })
      for (const check of this.waiting) check()
    })
  }

  /** A Feathers call: `call('create', 'tasks', { title: 'x' })`. */
  call(method: string, ...args: unknown[]): Promise<any> {
    return new Promise((resolve, reject) => {
      this.socket.emit(method, ...args, (error: unknown, result: unknown) =>
        error ? reject(error) : resolve(result)
      )
    })
  }

  /** The call's error, or a failure where there was none. */
  async refusal(method: string, ...args: unknown[]): Promise<any> {
    return this.call(method, ...args).then(
      (result) => { throw new Error(`expected a refusal, got ${JSON.stringify(result)}`) },
      (error: unknown) => error
    ) // prettier-ignore
  }

  /** Resolves with the first event, past or to come, that fits. */
  async event(
    name: string,
    fits: (data: Json) => boolean = () => true
  ): Promise<{ name: string; data: Json; meta: Json }> {
    const find = () => this.events.find((event) => event.name === name && fits(event.data))
    if (!find()) {
      await new Promise<void>((resolve) => {
        const check = () => {
          if (!find()) return
          this.waiting.delete(check)
          resolve()
        }
        this.waiting.add(check)
      })
    }

    return find()!
  }

  /** Everything that was sent to this socket until now has arrived once a call made after it is answered. */
  async drained(): Promise<string[]> {
    await this.call('find', 'products', { $limit: 0 })
    return this.events.map(({ name }) => name)
  }

  forget() {
    this.events.length = 0
  }
}

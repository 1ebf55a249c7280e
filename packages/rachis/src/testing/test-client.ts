import type { EventRecorder } from './event-recorder'
import type { Answer, Json, Person, Sent, Untyped } from './wire'

type Headers = Readonly<Record<string, string>>

/** How an application is called: a `TestApp`. */
export interface Transports {
  person(name: string): Promise<Person>
  rest(person: Person, method: string, path: string, sent: Sent): Promise<Answer>
  socket(person: Person): Promise<EventRecorder>
}

/** What one person does, over REST and over a socket. They are registered and signed in with the first call. */
export class TestClient {
  private recorder?: Promise<EventRecorder>

  constructor(
    private readonly app: Transports,
    private readonly who: string | Person
  ) {}

  /** Who calls, with their id and token. */
  person(): Promise<Person> {
    return typeof this.who === 'string' ? this.app.person(this.who) : Promise.resolve(this.who)
  }

  /** @example (await client.rest('GET', '/tasks?status=open')).body.data */
  async rest(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    return this.app.rest(await this.person(), method, path, { body, headers })
  }

  get(path: string, headers?: Headers): Promise<Answer> {
    return this.rest('GET', path, undefined, headers)
  }

  post(path: string, body: unknown = {}, headers?: Headers): Promise<Answer> {
    return this.rest('POST', path, body, headers)
  }

  put(path: string, body: Json, headers?: Headers): Promise<Answer> {
    return this.rest('PUT', path, body, headers)
  }

  patch(path: string, body: Json, headers?: Headers): Promise<Answer> {
    return this.rest('PATCH', path, body, headers)
  }

  delete(path: string, headers?: Headers): Promise<Answer> {
    return this.rest('DELETE', path, undefined, headers)
  }

  /** Their socket, which keeps every event of what happens from then on: opened with the first use, and the same one each time. */
  async events(): Promise<EventRecorder> {
    return (this.recorder ??= this.opened())
  }

  /** A call over their socket, with the arguments in the order of Feathers' clients. @throws the error as the server sends it */
  async call(method: string, service: string, ...args: readonly unknown[]): Promise<Untyped> {
    return (await this.events()).call(method, service, ...args)
  }

  /** The error of a call over their socket. @throws {Error} where the call is answered */
  async refusal(method: string, service: string, ...args: readonly unknown[]): Promise<Untyped> {
    return (await this.events()).refusal(method, service, ...args)
  }

  /** What was written before, such as their registration, may arrive after the socket is open: it is waited for, and forgotten. */
  private async opened(): Promise<EventRecorder> {
    const recorder = await this.app.socket(await this.person())
    await recorder.told()
    recorder.forget()

    return recorder
  }
}

import type { Answered, Call } from './calls'
import { STANDARD } from './calls'
import { networkError, toError } from './errors'
import { queryString } from './query-string'

/** What a request needs of `fetch`. */
export type Fetch = typeof globalThis.fetch

const VERBS: Readonly<Record<string, string>> = {
  find: 'GET',
  get: 'GET',
  update: 'PUT',
  patch: 'PATCH',
  remove: 'DELETE'
}

/** Milliseconds after a write in which not every process of the server may have heard of it. */
const UNHEARD = 10_000

const headersOf = ({ method, data, ifMatch, idempotencyKey }: Call, token?: string, tx?: string) => {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (!STANDARD.includes(method)) headers['X-Service-Method'] = method
  if (data !== undefined) headers['Content-Type'] = 'application/json'
  if (token) headers.Authorization = `Bearer ${token}`
  if (tx) headers['X-Rachis-Tx'] = tx
  if (ifMatch !== undefined) headers['If-Match'] = typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey

  return headers
}

/** The body as data; undefined where it is none. */
const bodyOf = (response: Response): Promise<unknown> => response.json().catch(() => undefined)

const refusal = (response: Response, body: unknown) =>
  toError(body, response.status, response.headers.get('Retry-After'))

/** @throws {RachisError} what the server answers, where it refuses */
export const assertOk = async (response: Response): Promise<Response> => {
  if (response.ok) return response
  throw refusal(response, await bodyOf(response))
}

/**
 * Calls over REST. The six methods of Feathers have verbs; every other one is a POST that names it in a header. For a while after a write its
 * transaction is named with each request: reads see it then on every process of the server, also where they go to a replica.
 */
export class Rest {
  private written?: readonly [tx: string, at: number]

  /** @param base such as `https://api.example.com/api/v1` */
  constructor(
    readonly base: string,
    readonly fetch: Fetch
  ) {}

  /** Takes down the transaction of an answer; undefined where it has none. */
  wrote(tx?: string | null) {
    if (tx) this.written = [tx, Date.now()]
  }

  private get tx(): string | undefined {
    const [tx, at = 0] = this.written ?? []
    return Date.now() - at < UNHEARD ? tx : undefined
  }

  /** Calls a method of the service's own. @returns its answer */
  async call<R>(path: string, method: string, data: unknown, token?: string): Promise<R> {
    return (await this.send<R>({ path, method, data }, token)).result
  }

  /** @throws {RachisError} what the server answers, or NETWORK */
  async send<R>(call: Call, token?: string): Promise<Answered<R>> {
    const response = await this.request(call, token).catch((error: unknown) => {
      throw networkError(error)
    })
    const body = await bodyOf(response)
    if (!response.ok) throw refusal(response, body)
    const header = (name: string) => response.headers.get(name) ?? undefined

    const tx = header('X-Rachis-Tx')
    this.wrote(tx)

    return { result: body as R, tx, position: header('X-Rachis-Position') }
  }

  /** A request as it is given, with a token. @throws {RachisError} NETWORK */
  async fetchWith(path: string, init: Parameters<Fetch>[1], token?: string): Promise<Response> {
    const headers = new Headers(init?.headers)
    const { tx } = this
    if (token) headers.set('Authorization', `Bearer ${token}`)
    if (tx) headers.set('X-Rachis-Tx', tx)
    const response = await this.fetch(`${this.base}${path}`, { ...init, headers }).catch((error: unknown) => {
      throw networkError(error)
    })
    this.wrote(response.headers.get('X-Rachis-Tx'))

    return response
  }

  private request(call: Call, token?: string): Promise<Response> {
    const { path, method, id, data, query } = call
    const record = id === undefined ? '' : `/${encodeURIComponent(id)}`
    const init = {
      method: VERBS[method] ?? 'POST',
      // A list that is found anew must be the present one: browsers keep answers of resources with `cache` for a while.
      cache: 'no-cache' as const,
      headers: headersOf(call, token, this.tx),
      ...(data === undefined ? {} : { body: JSON.stringify(data) })
    }

    return this.fetch(`${this.base}/${path}${record}${queryString(query)}`, init)
  }
}

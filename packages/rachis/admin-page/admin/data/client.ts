import { createClient, isRachisError } from 'rachis/client'
import { HttpError } from 'ra-core'

/** What arrives over a wire has no type here: which services there are, and what they answer, is known from the description alone. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Untyped = any

export interface AnyService {
  find(options?: { query?: object }): Promise<Untyped>
  get(id: Id): Promise<Row>
  create(data: object, options?: object): Promise<Row>
  patch(id: Id, data: object, options?: object): Promise<Row>
  remove(id: Id, options?: object): Promise<Row>
  [method: string]: (...args: Untyped[]) => Promise<Untyped>
}
export type Id = number | string
export type Row = Record<string, unknown> & { id: Id }

/** Every tab of the browser shares one session, since a refresh token is good once. No script from elsewhere runs on this page. */
export const client = createClient<Record<string, never>>(location.origin, { storage: localStorage })

export const service = (path: string): AnyService => client.service(path as never) as unknown as AnyService

export const on = (path: string, event: string, listener: (record: Row) => void): (() => void) =>
  client.on(path as never, event as never, listener as never)

/** `items[0].quantity` and `items.0.quantity` are one field. */
const nameOf = (field: string) => field.replace(/\[(\d+)\]/g, '.$1')

interface Detail {
  readonly field?: string
  readonly message: string
  readonly hint?: string
}
interface Told {
  readonly message?: string
  readonly code?: string
  readonly field?: string
  readonly hint?: string
  readonly details?: readonly Detail[]
}

/** An error as forms take it: a text for each field, and for the whole where it is of no field. */
export const failure = (status: number, told: Told): HttpError => {
  const details = told.details?.length ? told.details : [{ field: told.field, message: told.message ?? '' }]
  const fields = details.filter(({ field }) => field !== undefined)
  const errors = Object.fromEntries(fields.map(({ field, message }) => [nameOf(field!), message]))
  const message = [told.message, told.hint].filter(Boolean).join('. ')

  return new HttpError(message, status, { code: told.code, ...(fields.length > 0 ? { errors } : {}) })
}

/** What a call throws, as the rest of the page reads it. */
export const told = async <T>(calling: Promise<T>): Promise<T> => {
  try {
    return await calling
  } catch (error) {
    throw isRachisError(error) ? failure(error.status, error) : error
  }
}

/** A request of an address behind the prefix of the API. @throws HttpError for what the server refuses */
export const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
  const response = await told(client.fetch(path, { cache: 'no-cache', ...init } as never))
  if (response.ok) return response as unknown as Response
  const body = (await response.json().catch(() => ({}))) as { error?: Told }
  throw failure(response.status, body.error ?? { message: response.statusText })
}

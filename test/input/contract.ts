import assert from 'node:assert/strict'
import { once } from 'events'
import http from 'http'
import type { IncomingMessage } from 'http'
import { errors } from '../../src/errors'
import { errors as ofAccounts } from '../../packages/rachis/src/accounts/errors'
import { CATALOGUE } from '../../packages/rachis/src/errors/errors'
import type { Answer, Json, World } from '../helpers/world'

/** What PostgreSQL and Node say of themselves, and clients are never to read. */
const INSIDE =
  /select .* from|insert into|update .* set|delete from|syntax (error|for)|relation "|column "|violates|constraint|out of range|does not exist:|transaction is|\bpg_|node_modules|\.[tj]s:\d|\n\s+at /i

/** Every error of the engine, of accounts and of the application. */
const KNOWN = { ...CATALOGUE, ...ofAccounts, ...errors }
export type KnownCode = keyof typeof KNOWN

const DETAIL_KEYS = [
  'field',
  'message',
  'rule',
  'expected',
  'provided',
  'hint',
  'retry_after',
  'line',
  'code'
]
const isText = (value: unknown) => typeof value === 'string' && value.length > 0

/** What of a client's own input an error repeats may look like SQL. */
const withoutProvided = (_key: string, value: unknown) => {
  if (typeof value !== 'object' || value === null || !('provided' in value)) return value
  const { provided: _echo, ...rest } = value

  return rest
}

/** The error object of SPEC.md, section 5, the same on every transport. */
export const assertContract = (body: Json) => {
  assert.equal(body?.success, false, `not an error object: ${JSON.stringify(body)?.slice(0, 500)}`)
  const { code, message, field, hint, trace_id, details } = body.error
  const known = KNOWN[code as KnownCode]
  assert.ok(known, `${code} is not in the catalogue`)
  assert.deepEqual([body.code, body.name, body.message], [known.status, known.name, message])
  assert.equal(body.className, known.name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase())
  assert.ok(isText(message) && isText(trace_id), `no message or no trace id: ${JSON.stringify(body)}`)
  assert.ok(isText(hint), `no hint: ${JSON.stringify(body)}`)
  assert.ok(field === undefined || isText(field))
  for (const detail of details ?? []) {
    assert.ok(isText(detail.message))
    assert.deepEqual(Object.keys(detail).filter((key) => !DETAIL_KEYS.includes(key)), []) // prettier-ignore
  }
  assert.doesNotMatch(JSON.stringify(body, withoutProvided), INSIDE)
}

/** What an error has to say; a field left out must be absent. */
export interface Expected {
  readonly code: KnownCode
  readonly field?: string
  readonly rule?: string
}

export const assertError = (body: Json, { code, field, rule }: Expected) => {
  assertContract(body)
  assert.deepEqual({ code: body.error.code, field: body.error.field }, { code, field })
  if (rule) assert.equal(body.error.details?.[0]?.rule, rule)
}

export const assertRefused = ({ status, body, headers }: Answer, expected: Expected) => {
  assertError(body, expected)
  assert.equal(status, KNOWN[expected.code].status)
  assert.equal(headers.get('x-request-id'), body.error.trace_id)
}

/** How many rows every table has, and how long the feed is: a refused call leaves all of it as it was. */
export const contents = async (world: World): Promise<Json> => {
  // A connection for each look would take longer than all the rest.
  const { rows } = await world.app.get('postgresqlClient').raw<{ rows: Json[] }>(`
    select (select count(*) from users)::int as users, (select count(*) from tasks)::int as tasks,
      (select count(*) from categories)::int as categories, (select count(*) from products)::int as products,
      (select coalesce(max(id), 0) from changes)::int as position`)

  return rows[0]!
}

/** Runs the work and fails if it left anything changed, be it after the answer: mails and their tokens are made in the background. */
export const unchanged = async <T>(world: World, work: () => Promise<T>): Promise<T> => {
  const mailer = world.app.get('mailer')
  await mailer.idle()
  const before = await contents(world)
  const result = await work()
  await mailer.idle()
  assert.deepEqual(await contents(world), before)

  return result
}

export interface Raw {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  readonly body: any
}

const received = async (response: IncomingMessage): Promise<Raw> => {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const isJson = text !== '' && (response.headers['content-type'] ?? '').includes('json')

  return {
    status: response.statusCode!,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined
  }
}

/** A request as it is written: `fetch` would mend the path, refuse methods and hide how a body travels. */
export const send = async (
  world: World,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: http.OutgoingHttpHeaders; body?: Buffer | string } = {}
): Promise<Raw> => {
  const { hostname, port } = new URL(world.url)
  const request = http.request({ hostname, port, method, path, headers, agent: false })
  // A server that refuses a body early may close while it is still being sent.
  const failed = new Promise<never>((_resolve, reject) => request.once('error', reject))
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  answered.catch(() => undefined)
  request.end(body)
  const [response] = await Promise.race([answered, failed])

  return received(response)
}

export const bearer = (token?: string) => ({ Authorization: `Bearer ${token}` })

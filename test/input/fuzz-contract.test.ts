import assert from 'node:assert/strict'
import fc from 'fast-check'
import { stringify } from 'qs'
import { byDepth, onlyInDepth } from '../helpers/depth'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { RESOURCES, VERSIONS } from '../versions/articles'
import { oddValue } from './arbitrary'
import { assertContract, assertRefused } from './contract'

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_129)
/** Of each kind; each is sent by three people. */
const RUNS = Number(process.env.FUZZ_RUNS ?? byDepth(12, 250, 250))
const PATIENCE = 10_000

interface Request {
  readonly method: string
  readonly path: string
  readonly query?: object
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly raw?: string
}

const answered = <T>(work: Promise<T>, what: string): Promise<T> => {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${what}`)), PATIENCE)
  })

  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** What a header can hold: fetch refuses the rest by itself. */
const headerText = fc.oneof(
  fc.string({ maxLength: 30 }).map((text) => text.replace(/[^\t\x20-\x7e]/g, '?')),
  fc.constantFrom('*', '"1"', '"1", W/"x"', 'W/"1"', '""', '"', ',', '1', '"1"'.repeat(50), 'x'.repeat(300), '{}', '-1', 'null')
) // prettier-ignore
const text = fc.oneof(oddValue.map((value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '')), fc.string({ maxLength: 40 })) // prettier-ignore
const FIELDS = ['title', 'status', 'priority', 'due_date', 'description', 'id', 'user_id', 'created_at', 'nothing', '', '__proto__'] // prettier-ignore
const field = fc.constantFrom(...FIELDS)

/** A cell is sometimes quoted as it must be, and sometimes not. */
const cell = fc.oneof(text.map((value) => `"${value.replace(/"/g, '""')}"`), text, fc.constantFrom('', '""', '"', 'x', '"x"y', "'=1")) // prettier-ignore
const line = (of: fc.Arbitrary<string>) => fc.array(of, { maxLength: 6 }).map((cells) => cells.join(','))
const csv = fc
  .tuple(
    fc.oneof(line(field), fc.constant('title,status'), line(cell)),
    fc.array(fc.oneof(line(cell), fc.constant('x,pending')), { maxLength: 8 }),
    fc.constantFrom('\n', '\r\n', '\r', '\n\n')
  ) // prettier-ignore
  .map(([head, lines, end]) => [head, ...lines].join(end))
const record = fc.dictionary(field, oddValue, { maxKeys: 5, noNullPrototype: true })
const ndjson = fc.array(fc.oneof(record.map((one) => JSON.stringify(one)), text, fc.constant('{"title":"x"}')), { maxLength: 8 }).map((lines) => lines.join('\n')) // prettier-ignore
const options = fc.dictionary(
  fc.constantFrom('on_error', 'upsert', 'dry_run', 'include', 'title', '$limit'),
  fc.oneof(fc.constantFrom('abort', 'skip', 'true', 'id', 'title', 'false'), text)
)
const TYPES = ['text/csv', 'application/x-ndjson', 'application/json', 'text/csv; charset=latin1', 'text/plain', ''] // prettier-ignore
const imports = fc.record({
  method: fc.constant('POST'),
  path: fc.constantFrom('/tasks', '/tasks/import', '/products/import', '/orders/import'),
  query: options,
  headers: fc.record({ 'Content-Type': fc.constantFrom(...TYPES), Accept: fc.constantFrom('*/*', 'application/x-ndjson', 'text/csv') }), // prettier-ignore
  raw: fc.oneof(csv, ndjson)
})

const paths = fc.oneof(fc.constantFrom('/tasks', '/tasks/1', '/tasks/{a.id}', '/products/1', '/batch', '/tasks/1/complete', '/events', '//', '/..', '/tasks?x=1', '{a}'), text) // prettier-ignore
const operation = fc.record(
  {
    name: fc.oneof(fc.constantFrom('a', 'b'), text),
    method: fc.oneof({ weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'DELETE') }, { weight: 1, arbitrary: text }), // prettier-ignore
    path: paths,
    query: fc.oneof(fc.constant({}), record, oddValue),
    body: fc.oneof(fc.constant({ title: 'x' }), fc.constant({ title: { $ref: 'a.id' } }), record, oddValue),
    idempotency_key: text,
    if_match: fc.oneof(headerText, oddValue)
  },
  { requiredKeys: ['method', 'path'] }
)
const batches = fc.record({
  method: fc.constant('POST'),
  path: fc.constant('/batch'),
  body: fc.oneof({ weight: 5, arbitrary: fc.record({ operations: fc.array(operation, { maxLength: 5 }) }) }, { weight: 1, arbitrary: fc.record({ operations: oddValue }) }) // prettier-ignore
})

const measured = fc.oneof(field, fc.constantFrom('*', 'created_at.day', 'created_at.month', 'due_date.x', 'count', 'sum.id', '-count', ''), text) // prettier-ignore
const aggregates = fc.record({
  method: fc.constant('GET'),
  path: fc.constantFrom('/tasks/aggregate', '/products/aggregate', '/users/aggregate'),
  query: fc.dictionary(
    fc.constantFrom('group', 'count', 'sum', 'avg', 'min', 'max', 'having', 'sort', 'limit', 'skip', 'tz', 'filter', 'title'),
    fc.oneof(measured, fc.array(measured, { maxLength: 7 }), fc.dictionary(measured, fc.dictionary(fc.constantFrom('$gt', '$in', '$x'), oddValue, { maxKeys: 2 }), { maxKeys: 2 }), oddValue)
  )
}) // prettier-ignore

const VERSION = fc.oneof(fc.constantFrom('/api/v1', '/api/v2', '/api/v3', '/api/v0', '/api/v', '/api/v01', '/api/v1e1', '/api/v-1')) // prettier-ignore
const media = fc.oneof(fc.constantFrom('application/vnd.rachis.v1+json', 'application/vnd.rachis.v9+json', 'application/json; version=1', 'application/json;version=x', 'application/vnd.rachis.v+json', 'text/csv', 'text/event-stream', '*/*;q=0', 'application/problem+json'), headerText) // prettier-ignore
const oldRecord = fc.dictionary(fc.constantFrom('name', 'price', 'author', 'secret', 'title', 'subtitle', 'price_cents', 'first_name'), fc.oneof(oddValue, fc.constantFrom('Tea', 4.5)), { noNullPrototype: true }) // prettier-ignore
const versions = fc
  .tuple(VERSION, fc.constantFrom('GET', 'POST', 'PATCH', 'PUT'), fc.constantFrom('/articles', '/articles/1', '/comments', '/articles/1/history', '/articles/aggregate'), oldRecord, media) // prettier-ignore
  .map(([version, method, path, data, Accept]) => ({ method, path: version + path, headers: { Accept, 'Content-Type': 'application/json' }, ...(method === 'GET' ? { query: data } : { raw: JSON.stringify(data) }) })) // prettier-ignore

const HEADERS = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'Idempotency-Key', 'Prefer', 'Accept', 'Accept-Encoding', 'Range', 'X-Service-Method', 'X-HTTP-Method-Override', 'X-Request-Id', 'Content-Encoding', 'X-API-Key'] // prettier-ignore
const headers = fc
  .tuple(fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), fc.constantFrom('/tasks', '/tasks/1', '/orders/1', '/tasks/export'), fc.dictionary(fc.constantFrom(...HEADERS), headerText)) // prettier-ignore
  .map(([method, path, given]) => ({ method, path, headers: { 'Content-Type': 'application/json', ...given }, ...(method === 'POST' || method === 'PATCH' ? { raw: '{"title":"x"}' } : {}) })) // prettier-ignore

describe('random requests of files, batches, groups, versions and cursors', () => {
  let world: World
  let people: [Person, Listener][]
  const cursors: string[] = []
  let sent = 0

  before(async () => {
    world = await startWorld({ resources: RESOURCES, versions: VERSIONS, settings: { rate_limit: { requests: 0 } } }) // prettier-ignore
    const { owner, admin } = await world.cast()
    const all = [anonymous, owner, admin]
    people = await Promise.all(all.map(async (person): Promise<[Person, Listener]> => [person, await world.socket(person)])) // prettier-ignore
    for (const title of ['a', 'b', 'c']) await world.rest(owner, 'POST', '/tasks', { body: { title } })
    for (const sort of ['-title', 'priority,-due_date', 'id'])
      cursors.push((await world.rest(owner, 'GET', `/tasks?limit=1&cursor=&sort=${sort}`)).body.next_cursor)
    assert.ok(cursors.every(Boolean))
  })
  after(() => world?.close())

  /** A connection for each look would take longer than all the rest. */
  const position = async () => {
    const { rows } = await world.app
      .get('postgresqlClient')
      .raw<{ rows: Json[] }>(
        "select coalesce(max(id), 0)::int as id from changes where resource in ('tasks', 'products', 'orders', 'articles', 'comments', 'users')"
      )
    return rows[0]!.id as number
  }
  /** A call that is refused has changed nothing. */
  const counted = async (call: () => Promise<'refused' | 'done'>) => {
    sent++
    const before = await position()
    if ((await call()) === 'refused') assert.equal(await position(), before)
  }
  const judge = ({ status, body, headers: told }: Answer, what: string): 'refused' | 'done' => {
    assert.ok(status < 500, `${status} for ${what}: ${JSON.stringify(body)}`)
    if (status < 400) return 'done'
    // HEAD has no body.
    if (body !== '' && told.get('content-type')?.startsWith('application/json'))
      assertRefused({ status, body, headers: told }, { code: body.error.code, field: body.error.field })

    return 'refused'
  }
  const overRest = async (
    person: Person,
    { method, path, query = {}, headers: given = {}, body, raw }: Request
  ) => {
    // prettier-ignore
    const search = stringify(query).slice(0, 8000).replace(/%[^%]?$/, '') // prettier-ignore
    const url = path + (search ? `?${search}` : '')
    const type: Record<string, string> = raw === undefined ? { 'Content-Type': 'application/json' } : {}
    const data = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const request = { headers: { ...type, ...given }, ...(data === undefined ? {} : { raw: data }) }
    const what = `${method} ${url} ${JSON.stringify(request)}`

    return judge(await answered(world.rest(person, method, url, request), what), what)
  }
  const overSocket = async ({ socket }: Listener, event: string, args: unknown[]) => {
    const what = `${event} ${JSON.stringify(args)}`
    const [error] = await answered(
      new Promise<[Json | null]>((resolve) => socket.emit(event, ...args, (failure: Json | null) => resolve([failure]))), // prettier-ignore
      what
    )
    if (!error) return 'done'
    assertContract(error)
    assert.ok(error.code < 500, `${error.code} for ${what}: ${JSON.stringify(error)}`)

    return 'refused'
  }

  const kinds: Record<string, fc.Arbitrary<Request>> = { imports, batches, aggregates, versions, headers }
  for (const [index, [kind, requests]] of Object.entries(kinds).entries())
    it(`${kind}: no 5xx, no hang, and a refused one changes nothing`, function () {
      this.timeout(60_000)
      const property = fc.asyncProperty(requests as fc.Arbitrary<Request>, async (request) => {
        for (const [person] of people) await counted(() => overRest(person, request))
      })
      return fc.assert(property, { seed: SEED + index, numRuns: RUNS })
    })

  it('cursors: what is not one of ours, or of another list, is refused as such', function () {
    this.timeout(60_000)
    const parameter = fc.constantFrom('cursor', 'after', 'before')
    const edits = fc.record({ which: fc.nat(2), at: fc.nat(200), by: fc.constantFrom('A', '_', '', '%', '.', 'é') }) // prettier-ignore
    const property = fc.asyncProperty(
      parameter,
      edits,
      fc.oneof(fc.constant(undefined), text),
      async (name, { which, at, by }, odd) => {
        // prettier-ignore
        const real = cursors[which]!
        const place = at % real.length
        const forged = odd ?? real.slice(0, place) + by + real.slice(place + 1)
        const query = { [name]: forged, sort: ['-title', 'priority,-due_date', 'id'][which], limit: 1 }
        for (const [person, socket] of people) {
          await counted(() => overRest(person, { method: 'GET', path: '/tasks', query }))
          await counted(() =>
            overSocket(socket, 'find', ['tasks', { [`$${name}`]: odd ?? forged, $limit: 1 }])
          )
        }
      }
    )
    return fc.assert(property, { seed: SEED + 10, numRuns: RUNS })
  })

  it('sockets: subscriptions, batches, groups, versions and conditions', function () {
    this.timeout(60_000)
    const query = fc.oneof(record, aggregates.map((one) => one.query), fc.dictionary(fc.constantFrom('$version', '$if_match', '$if_none_match', '$idempotency_key', '$cursor', '$limit', 'title'), oddValue)) // prettier-ignore
    const packet = fc.oneof(
      fc.tuple(fc.constant('subscribe'), fc.constantFrom('tasks', 'articles', 'nothing'), fc.record({ query: fc.oneof(query, oddValue), after: oddValue }, { requiredKeys: [] }), query), // prettier-ignore
      fc.tuple(fc.constant('unsubscribe'), fc.constantFrom('tasks', 'x'), fc.record({ subscription: oddValue }), query), // prettier-ignore
      fc.tuple(
        fc.constant('execute'),
        fc.constant('batch'),
        batches.map(({ body }) => body),
        query
      ),
      fc.tuple(fc.constant('aggregate'), fc.constant('tasks'), query, query),
      fc.tuple(fc.constantFrom('create', 'patch'), fc.constantFrom('tasks', 'articles'), fc.oneof(record, oddValue), query), // prettier-ignore
      fc.tuple(
        fc.constantFrom('get', 'remove'),
        fc.constant('articles'),
        fc.oneof(fc.nat(9), oddValue),
        query
      )
    )
    const property = fc.asyncProperty(packet, async ([event, ...args]) => {
      for (const [, socket] of people) await counted(() => overSocket(socket, event, args))
    })
    return fc.assert(property, { seed: SEED + 11, numRuns: RUNS * 2 })
  })

  it('were as many calls as are meant (TEST_DEPTH=2)', function () {
    onlyInDepth(this)
    assert.ok(sent >= byDepth(0, 6000, 6000) || process.env.FUZZ_RUNS !== undefined, `${sent} were sent`)
  })
})

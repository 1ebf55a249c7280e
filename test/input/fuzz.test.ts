import assert from 'node:assert/strict'
import fc from 'fast-check'
import { stringify } from 'qs'
import type { Model } from '../../packages/rachis/src/model/model'
import { lower } from '../../packages/rachis/src/model/lower'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { resources } from '../helpers/declared'
import { byDepth, DEPTH, onlyInDepth } from '../helpers/depth'
import type { Json, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { dataFor, idFor, oddValue, queryFor } from './arbitrary'
import { assertContract, assertRefused } from './contract'
import { samples } from './samples'

// Fixed, so that a failure stays one; other values look further: FUZZ_SEED=7 FUZZ_RUNS=10000.
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_121)
/** Of all operations together; each is done by everybody, over both transports. At depth 2 they are 14,000 calls, and 20,000 with fuzz-contract.test.ts. */
const RUNS = Number(process.env.FUZZ_RUNS ?? byDepth(150, 2300, 2300))
/** Far beyond what any call takes: only an answer that never comes is meant. */
const PATIENCE = 10_000

interface Call {
  readonly id: unknown
  readonly data: unknown
  readonly query: Record<string, unknown>
}

const answered = <T>(work: Promise<T>, what: string): Promise<T> => {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${what}`)), PATIENCE)
  })

  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const assertHarmless = (answer: unknown) =>
  assert.doesNotMatch(JSON.stringify(answer) ?? '', /\$2[aby]\$\d\d\$/)

/** As many ids as a path can hold; what a path cannot hold comes in data on a socket. */
const inPath = (id: unknown): string => {
  const text = typeof id === 'object' ? JSON.stringify(id) : String(id)

  return /\p{Surrogate}/u.test(text) ? '%ED%A0%80' : encodeURIComponent(text.slice(0, 1000))
}

/** The arguments in the order that Feathers has them. */
const argumentsOf = ({ effect, target, data: takes }: Operation, { id, data, query }: Call): unknown[] => {
  const isOnRecord = target === 'record'
  if (takes !== 'input') return [...(isOnRecord ? [id] : []), ...(takes === 'fields' ? [data] : []), query]
  if (effect === 'read' && !isOnRecord) return [query]

  return [isOnRecord && typeof data === 'object' ? { ...data, id } : data, query]
}

/** Records that are there; no users of the cast, whom random changes would sign out. */
const idsOf = ({ name }: Model) => (name === 'users' ? [5, 6, 7] : [1, 2, 3])

/** The client's library keeps these names for itself. */
const isSendable = (name: string) =>
  !['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].includes(name)

describe('random input', () => {
  let world: World
  let people: [Person, Listener][]
  const models = [...resources, samples].map((resource) => lower(resource))
  before(async () => {
    world = await startWorld({ resources: [samples] })
    const { owner, admin } = await world.cast()
    people = await Promise.all(
      [anonymous, owner, admin].map(async (person): Promise<[Person, Listener]> => [person, await world.socket(person)])
    )
    const create = (path: string, data: object, params = {}) =>
      (world.app.service(path as never) as any).create(data, params) as Promise<Json>
    for (const n of [1, 2, 3]) {
      await create('users', { email: `u${n}@example.com`, username: `extra${n}`, password: 'long enough' })
      await create('tasks', { title: 'x' }, { user: { id: owner.id } })
      await create('categories', { name: 'x', slug: `c${n}` })
      await create('products', { name: 'x', sku: `SKU-${n}`, price: n })
      await create('samples', { name: 'x', kind: 'odd', size: n, weight: n, price: n, is_on: true, data: {}, tags: [] })
    }
  }) // prettier-ignore
  after(() => world?.close())

  let sent = 0
  /** The last change of what the calls are about; those of the rest are made by sign-ins and mails as well. */
  const position = async () => {
    const { rows } = await world.app
      .get('postgresqlClient')
      .raw<{ rows: Json[] }>(
        "select coalesce(max(id), 0)::int as id from changes where resource in ('tasks', 'categories', 'products', 'samples', 'orders')"
      )
    return rows[0]!.id as number
  }
  /** A call that is refused has changed nothing. */
  const counted = async (call: () => Promise<'refused' | 'done'>) => {
    sent++
    const before = await position()
    if ((await call()) === 'refused') assert.equal(await position(), before)
  }

  const overRest = async (
    person: Person,
    { http, name }: Operation,
    { id, data, query }: Call
  ): Promise<'refused' | 'done'> => {
    const search = stringify(query).slice(0, 8000)
    const path =
      http.path.replace(/\{\w+\}/g, () => inPath(id)) + (search ? `?${search.replace(/%[^%]?$/, '')}` : '')
    const raw = http.method === 'GET' || name === 'remove' ? undefined : (JSON.stringify(data) ?? '')
    const answer = await answered(
      world.rest(person, http.method, path, raw === undefined ? {} : { raw }),
      path
    )
    assert.ok(
      answer.status < 500,
      `${answer.status} for ${http.method} ${path} ${raw}: ${JSON.stringify(answer.body)}`
    )
    if (answer.status >= 400) {
      assertRefused(answer, { code: answer.body.error.code, field: answer.body.error.field })
      return 'refused'
    }
    assertHarmless(answer.body)

    return 'done'
  }

  const overSocket = async (socket: Listener, event: string, args: unknown[]): Promise<'refused' | 'done'> => {
    const answer = await answered(
      new Promise<[Json | null, unknown]>((resolve) => socket.socket.emit(event, ...args, (error: Json | null, result: unknown) => resolve([error, result]))),
      `${event} ${JSON.stringify(args)}`
    )
    if (!answer[0]) {
      assertHarmless(answer[1])
      return 'done'
    }
    assertContract(answer[0])
    assert.ok(answer[0].code < 500, `${answer[0].code} for ${event} ${JSON.stringify(args)}: ${JSON.stringify(answer[0])}`)

    return 'refused'
  } // prettier-ignore

  // Another seed for each, or all operations would be sent the same.
  const seedOf = (title: string) =>
    [...title].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, SEED)
  const check = (title: string, numRuns: number, property: fc.IAsyncProperty<never>) =>
    it(title, function () {
      this.timeout(180_000 * Math.max(1, DEPTH))
      return fc.assert(property as never, { seed: seedOf(title), numRuns })
    })

  const operations = models.flatMap((model) =>
    // Logging out would make strangers of all.
    model.operations.filter(({ name }) => name !== 'logout').map((operation) => [model, operation] as const)
  )
  for (const [model, operation] of operations) {
    const call = fc.record({
      id: idFor(idsOf(model)),
      data: dataFor(model, operation),
      query: queryFor(model, operation)
    })
    const property = fc.asyncProperty(call, async (given: Call) => {
      for (const [person, socket] of people) {
        await counted(() => overRest(person, operation, given))
        await counted(() =>
          overSocket(socket, operation.name, [model.path, ...argumentsOf(operation, given)])
        )
      }
    })
    const title = `${operation.http.method} ${operation.http.path} (${operation.name})`
    check(title, Math.ceil(RUNS / operations.length), property as never)
  }

  const methods = [...new Set(operations.map(([, { name }]) => name))]
  const event = fc.oneof(fc.constantFrom(...methods), fc.string({ minLength: 1 })).filter(isSendable)
  const service = fc.oneof(fc.constantFrom<unknown>(...models.map(({ path }) => path)), oddValue)
  const packets = fc.asyncProperty(
    event,
    service,
    fc.array(oddValue, { maxLength: 4 }),
    async (name, at, args) => {
      for (const [, socket] of people) await counted(() => overSocket(socket, name, [at, ...args]))
    }
  )
  check('whatever a socket sends', byDepth(50, 150, 150), packets as never)

  const piece = fc.oneof(fc.webSegment(), fc.constantFrom('tasks', 'products', '%', '%zz', '..', '.', '__proto__', ';', ':__id', '{id}', '*', '')) // prettier-ignore
  const verb = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND')
  const paths = fc.array(piece, { maxLength: 4 }).map((pieces) => `/${pieces.join('/')}`)
  const requests = fc.asyncProperty(verb, paths, fc.webQueryParameters(), async (method, path, query) => {
    const answer = await answered(world.rest(anonymous, method, `${path}?${query}`), path)
    sent++
    assert.ok(answer.status < 500)
    if (answer.status >= 400) assertContract(answer.body)
  })
  check('whatever stands in a path or a query', byDepth(50, 150, 150), requests as never)

  it('were thousands of calls over both transports (TEST_DEPTH=2)', function () {
    onlyInDepth(this)
    assert.ok(sent >= byDepth(0, 14_000, 14_000) || process.env.FUZZ_RUNS !== undefined, `${sent} were sent`)
  })
})

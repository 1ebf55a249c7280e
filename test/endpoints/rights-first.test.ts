import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { formsOf } from '../../packages/rachis/src/model/forms'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { restrictionOf } from '../../packages/rachis/src/rules/policy'
import { isObject } from '../../packages/rachis/src/util/is-object'
import type { Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

/** An operation, or one of its forms, that nobody of a role may call, whatever the record. */
interface Closed {
  readonly path: string
  readonly operation: Operation
}

/** What a body, a query or an identifier of no operation looks like. */
const QUERIES = ['', '?nothing[$of]=this', '?limit=x&fields[a]=b', '?id=2&count=every']
const BODIES = ['{', '[]', '{"id":7,"nothing":{"of":["this"]}}', '[{}]', '"x"', 'null', '']
const IDS = ['1', 'x', '%E2%82%AC', '99999999999999999999']
const ARGUMENTS: readonly unknown[] = [{ $bad: 1 }, 'x', null, ['x'], { id: { $gt: 0 }, $version: 99 }]

const nth = <T>(list: readonly T[], index: number): T => list[index % list.length]!

describe('whoever may not call an operation', function () {
  this.timeout(300_000)
  let world: World
  let people: readonly [Person, Person]
  before(async () => {
    world = await startWorld({ settings: { rate_limit: { requests: 0 } } })
    people = [anonymous, await world.register('stranger')]
  })
  after(() => world?.close())

  const userOf = async ({ id }: Person) =>
    id === undefined ? null : ((await world.app.service('users').get(id)) as never)

  const closedTo = async (person: Person): Promise<Closed[]> => {
    const user = await userOf(person)
    const closed = ({ rule }: Operation) => restrictionOf(rule, user).kind === 'false'
    const all = world.app
      .get('engine')
      .models.flatMap(({ path, operations }: Model) =>
        operations.flatMap((one) => [one, ...formsOf(one)].map((operation) => ({ path, operation })))
      )

    return all.filter(({ operation }) => closed(operation))
  }

  const sent = ({ operation: { http, form, consumes } }: Closed, round: number) => {
    const path = `${http.path.replace(/[:{]\w+}?/g, nth(IDS, round))}${nth(QUERIES, round)}`
    if (['GET', 'HEAD'].includes(http.method)) return { path, sent: {} }
    const type = form === 'import' ? 'text/csv' : (consumes[0] ?? 'application/json')

    return { path, sent: { raw: nth(BODIES, round), headers: { 'Content-Type': type } } }
  }

  const ask = async (person: Person, closed: Closed, round: number) => {
    const { path, sent: request } = sent(closed, round)
    const { method } = closed.operation.http
    const { status, body } = await world.rest(person, method, path, request)

    return `${method} ${path} ${request.raw ?? ''} → ${status} ${isObject(body) ? (body.error as { code?: string })?.code : ''}`
  }

  const call = async (socket: Listener, { path, operation }: Closed, round: number) => {
    const args = Array.from({ length: 1 + (round % 5) }, (_, index) => nth(ARGUMENTS, round + index))
    const error = await socket.refusal(operation.name, path, ...args)

    return `${path} ${operation.name} ${JSON.stringify(args)} → ${error.code} ${error.error.code}`
  }

  const subscribe = async (socket: Listener, path: string, round: number) => {
    const error = await socket.refusal('subscribe', path, nth(ARGUMENTS, round))

    return `${path} → ${error.code} ${error.error.code}`
  }

  /** The refusals that are about something else than rights. */
  const others = async (person: Person, one: (closed: Closed, round: number) => Promise<string>) => {
    const expected = person === anonymous ? /→ 401 NOT_AUTHENTICATED$/ : /→ 403 FORBIDDEN$/
    const wrong: string[] = []
    const closed = await closedTo(person)
    assert.ok(closed.length > 50, `${closed.length} operations are closed to ${person.name}`)
    for (const operation of closed)
      for (let round = 0; round < 7; round++) {
        const answer = await one(operation, round)
        if (!expected.test(answer)) wrong.push(answer)
      }

    return wrong
  }

  it('is told so before anything about the headers of a resumable upload', async () => {
    const tus = { 'Tus-Resumable': '1.0.0' }
    const bytes = { ...tus, 'Content-Type': 'application/offset+octet-stream' }
    const calls: [string, string, Record<string, string>][] = [
      ['POST', '/uploads', { ...tus, 'Upload-Length': 'x' }],
      ['POST', '/uploads', { ...tus, 'Upload-Length': '5', 'Upload-Metadata': 'filename ?' }],
      ['PATCH', `/uploads/${randomUUID()}`, { ...bytes, 'Upload-Offset': '-1' }],
      ['PATCH', `/uploads/${randomUUID()}`, { ...bytes, 'Upload-Offset': '0', 'Upload-Checksum': 'x' }],
      ['PATCH', `/uploads/${randomUUID()}`, { ...tus, 'Content-Type': 'text/plain' }]
    ]
    for (const [method, path, headers] of calls) {
      const raw = method === 'PATCH' ? 'x' : ''
      const answer = await world.rest(anonymous, method, path, { headers, raw })
      assert.deepEqual(
        [answer.status, answer.body.error.code],
        [401, 'NOT_AUTHENTICATED'],
        `${method} ${JSON.stringify(headers)}`
      )
    }
    const answer = await world.rest(people[1], 'POST', '/uploads', { headers: calls[0]![2], raw: '' })
    assert.deepEqual([answer.status, answer.body.error.field], [422, 'Upload-Length'])
  })

  it('is told so before anything about the arguments of a document, or of an operation in a batch', async () => {
    const query = '{ users_find(first: 1, last: 1) { nodes { id } } }'
    const asked = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query })
    })
    const { errors } = (await asked.json()) as { errors: { extensions: { code: string } }[] }
    assert.deepEqual(errors.map(({ extensions }) => extensions.code), ['NOT_AUTHENTICATED']) // prettier-ignore
    const operations = [{ method: 'GET', path: '/audit', if_match: '"x"' }]
    const batch = await world.rest(people[1], 'POST', '/batch', { body: { operations } })
    assert.deepEqual([batch.status, batch.body.error.code], [403, 'FORBIDDEN'])
  })

  for (const [index, name] of ['anonymous', 'a user'].entries()) {
    it(`is told so by REST before anything about the form of the request: ${name}`, async () => {
      const person = people[index]!
      assert.deepEqual(await others(person, (closed, round) => ask(person, closed, round)), [])
    })

    it(`is told so by a socket before anything about the form of the call: ${name}`, async () => {
      const person = people[index]!
      const socket = await world.socket(person)
      assert.deepEqual(await others(person, (closed, round) => call(socket, closed, round)), [])
    })

    it(`is told so before anything about the form of a subscription: ${name}`, async () => {
      const person = people[index]!
      const socket = await world.socket(person)
      const code = person === anonymous ? '401 NOT_AUTHENTICATED' : '403 FORBIDDEN'
      const lists = (await closedTo(person)).filter(
        ({ operation }) => operation.name === 'find' && !operation.form
      )
      assert.ok(lists.length > 0)
      for (const { path } of lists)
        for (const round of ARGUMENTS.keys())
          assert.equal(await subscribe(socket, path, round), `${path} → ${code}`)
    })
  }
})

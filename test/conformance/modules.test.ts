import assert from 'node:assert/strict'
import type { GraphQLSchema } from 'graphql'
import { graphqlSchema } from '../../packages/rachis/src/graphql/schema'
import type { Model } from '../../packages/rachis/src/model/model'
import { pascal } from '../../packages/rachis/src/openapi/openapi-document'
import type { Call } from '../../packages/rachis/src/testing/conformance/calls'
import { byRest, bySocket, described } from '../../packages/rachis/src/testing/conformance/calls'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { comparable } from '../../packages/rachis/src/testing/conformance/twins'
import { Dice } from '../../packages/rachis/src/testing/dice'
import { singular } from '../../packages/rachis/src/util/singular'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { byGraphql, projected } from './by-graphql'
import { allDone, assertSameTraces } from './callers'
import type { Twins } from './stage'
import { openTwins } from './stage'

/** Of the modules besides accounts, whose calls are what signs people in. */
const NAMES = ['dead_letters', 'job_runs', 'webhook_endpoints', 'webhook_deliveries', 'received_webhooks', 'files', 'uploads', 'saved_views', 'notifications', 'notification_preferences'] // prettier-ignore

/** A job of the application that rows by chance do not name, for which there is nothing to do. */
const JOB = { job: 'clean_files', input: '{}' }

describe('the resources of modules', () => {
  let twins: Twins
  let ids: ReadonlyMap<string, readonly unknown[]>
  let schema: GraphQLSchema
  let records: ReadonlySet<string>
  let plain: (value: unknown) => unknown
  before(async function () {
    this.timeout(60_000)
    twins = await openTwins([], new Dice(SEED), 5)
    schema = graphqlSchema(twins.models)
    records = new Set(twins.models.map(({ name }) => pascal(singular(name))))
    ids = await twins.hands[0].idsOf(twins.models)
    plain = comparable(new Set([...ids.values()].flat()))
    for (const hand of twins.hands)
      await hand.sql('update dead_letters set job = $1, input = $2, enqueued_by = case when id % 2 = 0 then $3 end', [JOB.job, JOB.input, String(twins.cast.owner!.id)]) // prettier-ignore
  })
  after(() => twins?.close())

  const modelOf = (name: string): Model => twins.models.find((model) => model.name === name)!
  const people = () => [...Object.values(twins.cast), anonymous]
  const operationOf = (name: string, operation: string) => modelOf(name).operations.find((one) => one.name === operation)! // prettier-ignore

  /** REST in the first world and GraphQL in the second; whether it was answered. */
  const asGraphql = async (person: Person, call: Call): Promise<boolean> => {
    const rest = await byRest(twins.worlds[0], person, call)
    const { error, data, field } = (await byGraphql(twins.worlds[1], person, call, schema, records))! // prettier-ignore
    assert.deepEqual(error?.status ?? rest.status, rest.status, `${described(call)} ${JSON.stringify(error)}`)
    if (error) assert.equal(error.code, rest.body.error.code)
    else assert.deepEqual(plain(withoutJob(data as Json)), plain(withoutJob(projected(rest.body, field.type, records) as Json))) // prettier-ignore

    return !error
  }
  /** REST in the first world and a socket in the second. */
  const asSocket = async (person: Person, call: Call): Promise<boolean> => {
    const rest = await byRest(twins.worlds[0], person, call)
    const socket = await bySocket(await twins.socket(person, 1), call)
    assert.deepEqual([socket.status, plain(withoutJob(socket.body))], [rest.status, plain(withoutJob(rest.body))], described(call)) // prettier-ignore

    return !rest.isRefused
  }
  /** Each replay makes a job of its own. */
  const withoutJob = (body: Json): Json => (body?.job_id ? { ...body, job_id: '<job>' } : body)

  it('have records in both worlds, which are found and read alike by REST, sockets and GraphQL', async function () {
    this.timeout(120_000)
    for (const name of NAMES) {
      const seen = { answered: 0, refused: 0 }
      assert.ok(ids.get(name)!.length > 0, `${name} has no record`)
      const find: Call = { model: modelOf(name), operation: operationOf(name, 'find') }
      const gets = ids.get(name)!.map((id): Call => ({ ...find, operation: operationOf(name, 'get'), id })) // prettier-ignore
      for (const person of people())
        for (const call of [find, ...gets])
          for (const compare of [asSocket, asGraphql])
            seen[(await compare(person, call)) ? 'answered' : 'refused']++
      assert.ok(seen.answered > 4 && seen.refused > 4, `${name} ${JSON.stringify(seen)}`)
    }
  })

  it('replay a dead letter alike, once, for whom it was enqueued, and discard one', async () => {
    const { admin, owner } = twins.cast as Record<string, Person>
    const letters = ids.get('dead_letters')!
    const call = (id: unknown, name = 'replay'): Call => ({ model: modelOf('dead_letters'), operation: operationOf('dead_letters', name), id, data: {} }) // prettier-ignore
    for (const [index, id] of letters.entries()) {
      const compare = index % 2 === 0 ? asSocket : asGraphql
      const name = index < letters.length / 2 ? 'replay' : 'discard'
      for (const person of [owner!, twins.cast.manager!, anonymous]) assert.ok(!(await compare(person, call(id, name)))) // prettier-ignore
      assert.ok(await compare(admin!, call(id, name)))
      for (const again of ['replay', 'discard']) assert.ok(!(await compare(admin!, call(id, again))))
      await allDone(twins)
    }
    const [first, second] = await Promise.all(
      twins.hands.map((hand) => hand.sql(`select name, data, state from pgboss.job where name = 'clean_files' order by created_on`)) // prettier-ignore
    )
    assert.deepEqual(second, first)
    assert.equal(first!.length, Math.ceil(letters.length / 2))
    const enqueued = first!.map(({ data }) => data.user_id ?? null)
    assert.ok(enqueued.includes(String(owner!.id)) && enqueued.includes(null), JSON.stringify(enqueued))
    assert.deepEqual([...(await twins.hands[0].ids('dead_letters'))], [])
  })

  it('leave the same records and the same changes behind', () => assertSameTraces(twins, plain))
})

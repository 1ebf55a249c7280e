import assert from 'node:assert/strict'
import type { GraphQLSchema } from 'graphql'
import { graphqlSchema } from '../../packages/rachis/src/graphql/schema'
import { pascal } from '../../packages/rachis/src/openapi/openapi-document'
import { singular } from '../../packages/rachis/src/util/singular'
import { DEPTH } from '../helpers/depth'
import type { Json, Person } from '../helpers/world'
import { byGraphql, projected } from './by-graphql'
import { byRest, described } from '../../packages/rachis/src/testing/conformance/calls'
import type { Call } from '../../packages/rachis/src/testing/conformance/calls'
import { allDone, assertSameTraces, callsByCast } from './callers'
import { open, randomDeclaration } from './declarations'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { comparable } from '../../packages/rachis/src/testing/conformance/twins'
import type { Twins } from './stage'
import { openTwins } from './stage'

const SHARE = 0.03 * DEPTH

/** Types say less than schemas, or say it before the call: what they refuse is refused by REST as well, in other words. */
const isOfTypes = ({ code }: Json) => code === 'INVALID_DOCUMENT'
/** Of what a list is asked the spelling differs, and with it what an error says. */
const told = ({ operation }: Call, { code, ...error }: Json) => (operation.name === 'find' ? { code } : { code, ...error }) // prettier-ignore

describe('GraphQL', () => {
  let twins: Twins
  let schema: GraphQLSchema
  let records: ReadonlySet<string>
  let plain: (value: unknown) => unknown
  let ids: ReadonlyMap<string, readonly unknown[]>
  const idsOf = (resource: string) => ids.get(resource) ?? []
  before(async function () {
    this.timeout(60_000)
    const dice = new Dice(SEED)
    twins = await openTwins([randomDeclaration('random_one', dice, { id: 'bigint' }), randomDeclaration('random_two', dice, { id: 'uuid' }), open], dice, 5) // prettier-ignore
    schema = graphqlSchema(twins.models)
    records = new Set(twins.models.map(({ name }) => pascal(singular(name))))
    ids = await twins.hands[0].idsOf(twins.models)
    plain = comparable(new Set([...ids.values()].flat()))
  })
  after(() => twins.close())

  const compare = async (
    person: Person,
    call: Call
  ): Promise<'answered' | 'refused' | 'by types' | 'unsaid'> => {
    const found = await byGraphql(twins.worlds[1], person, call, schema, records)
    if (!found) return 'unsaid'
    const { error, data, field } = found
    // A field that the type does not have may be sent back on REST as it was read.
    if (error && isOfTypes(error) && (call.operation.effect === 'read' || /not defined by type/.test(error.message))) return 'by types' // prettier-ignore
    const rest = await byRest(twins.worlds[0], person, call)
    assert.ok(rest.status < 500 && (error?.status ?? 200) < 500, JSON.stringify({ rest, error }))
    assert.equal(rest.isRefused, error !== undefined, JSON.stringify({ rest, error, data }))
    if (error && isOfTypes(error)) return 'by types'
    if (!error)
      assert.deepEqual(plain(data), plain(field.type.toString() === 'Boolean' ? true : projected(rest.body, field.type, records))) // prettier-ignore
    else {
      const { status, ...object } = error
      assert.equal(status, rest.status)
      assert.deepEqual(plain(told(call, object)), plain(told(call, rest.body.error)))
    }

    return error ? 'refused' : 'answered'
  }

  it('gives the same answer, or the same error, to the same call as REST', async function () {
    this.timeout(180_000)
    const counts = { answered: 0, refused: 0, 'by types': 0, unsaid: 0 }
    await seeded(SEED, async (dice, log) => {
      for (const { call, person } of callsByCast(twins, idsOf, dice, SHARE)) {
        log.push(`${person.name}: ${described(call)}`)
        counts[await compare(person, call)]++
        if (call.operation.effect === 'write') await allDone(twins)
      }
    })
    assert.ok(counts.answered > 20 && counts.refused > 10, JSON.stringify(counts))
  })

  it('leaves the same records and the same changes behind', () => assertSameTraces(twins, plain))
})

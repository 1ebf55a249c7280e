import assert from 'node:assert/strict'
import { DEPTH } from '../helpers/depth'
import type { Person } from '../helpers/world'
import { byRest, bySocket, described } from '../../packages/rachis/src/testing/conformance/calls'
import { allDone, assertSameTraces, callsByCast } from './callers'
import { open, randomDeclaration } from './declarations'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { comparable } from '../../packages/rachis/src/testing/conformance/twins'
import type { Twins } from './stage'
import { openTwins } from './stage'

/** Of all that could be asked of each field; another seed asks the rest. */
const SHARE = 0.03 * DEPTH

describe('transports', () => {
  let twins: Twins
  let plain: (value: unknown) => unknown
  let ids: ReadonlyMap<string, readonly unknown[]>
  before(async function () {
    this.timeout(60_000)
    const dice = new Dice(SEED)
    twins = await openTwins([randomDeclaration('random_one', dice, { id: 'bigint' }), randomDeclaration('random_two', dice, { id: 'uuid' }), open], dice, 5) // prettier-ignore
    ids = await twins.hands[0].idsOf(twins.models)
    plain = comparable(new Set([...ids.values()].flat()))
  })
  after(() => twins.close())

  const idsOf = (resource: string) => ids.get(resource) ?? []
  it('give the same answer, or the same error, to the same call', async function () {
    this.timeout(180_000)
    const counts = { answered: 0, refused: 0 }
    await seeded(SEED, async (dice, log) => {
      for (const { call, person } of callsByCast(twins, idsOf, dice, SHARE)) {
        log.push(`${person.name}: ${described(call)}`)
        const rest = await byRest(twins.worlds[0], person, call)
        const socket = await bySocket(await twins.socket(person, 1, { isSpent: !call.model.table }), call)
        assert.ok(rest.status < 500 && socket.status < 500, `${rest.status} ${socket.status}`)
        assert.deepEqual(plain({ ...socket }), plain({ ...rest }), described(call))
        counts[rest.isRefused ? 'refused' : 'answered']++
        if (call.operation.effect === 'write') await allDone(twins)
      }
    })
    assert.ok(counts.answered > 50 && counts.refused > 50, JSON.stringify(counts))
  })

  it('refuse what is no record at all', async () => {
    // REST refuses some of it when it reads the body, with another message than the schema's.
    const bodies = ['5', '"x"', 'true', '[1]', '[[]]', '[null]', '{"__proto__":{"title":"x"}}']
    const { admin } = twins.cast as Record<string, Person>
    for (const model of twins.models) {
      for (const operation of model.operations.filter(({ name }) =>
        ['create', 'update', 'patch'].includes(name)
      )) {
        for (const raw of bodies) {
          const id = operation.target === 'record' ? (ids.get(model.name)![0] ?? 1) : undefined
          const path = operation.http.path.replace('{id}', String(id))
          const { status, body } = await twins.worlds[0].rest(admin!, operation.http.method, path, { raw })
          const call = { model, operation, id, data: JSON.parse(raw) }
          const socket = await bySocket(await twins.socket(admin!, 1), call)
          assert.ok(status >= 400 && status < 500, `${operation.name} ${model.path} ${raw}: ${status}`)
          // REST reads the body before it asks who may; a socket refuses such a name as it reads the packet.
          if (socket.body.code === 403 && status === 400) continue
          if (raw.includes('__proto__') && socket.body.code === 400 && status === 403) continue
          assert.equal(socket.body.code, status, `${operation.name} ${model.path} ${raw}`)
          assert.deepEqual(Object.keys(socket.body), Object.keys(body))
        }
      }
    }
  })

  it('leave the same records and the same changes behind', () => assertSameTraces(twins, plain))
})

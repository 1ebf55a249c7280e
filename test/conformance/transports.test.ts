import assert from 'node:assert/strict'
import { mayApply } from '../../packages/rachis/src/rules/policy'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { DEPTH } from '../helpers/depth'
import type { Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { byRest, bySocket, described } from './calls'
import type { Call } from './calls'
import { callsOf } from './catalogue'
import { open, randomDeclaration } from './declarations'
import { Dice, seeded } from './dice'
import { SEED } from './seed'
import { comparable, Twins } from './twins'

/** Signing out ends what the test goes on with, and a secret is never the same twice; they have tests of their own. */
const LEFT_OUT = ['logout', 'logout_all', 'mfa_enroll']

/** Of all that could be asked of each field; another seed asks the rest. */
const SHARE = 0.03 * DEPTH

describe('transports', () => {
  let twins: Twins
  let plain: (value: unknown) => unknown
  const ids = new Map<string, unknown[]>()
  before(async () => {
    const dice = new Dice(SEED)
    twins = await Twins.open([randomDeclaration('random_one', dice, { id: 'bigint' }), randomDeclaration('random_two', dice, { id: 'uuid' }), open], dice, 5) // prettier-ignore
    for (const { name, table } of twins.models) ids.set(name, table ? await twins.hands[0].ids(name) : [])
    plain = comparable(new Set([...ids.values()].flat()))
  })
  after(() => twins.close())

  const idsOf = (resource: string) => ids.get(resource) ?? []
  /** Who is switched off, or whose session is ended, could not go on calling. */
  const targetsOf = ({ name }: Model) => {
    if (name === 'sessions') return []
    const cast = new Set<unknown>(Object.values(twins.cast).map(({ id }) => id))
    return idsOf(name).filter((id) => name !== 'users' || !cast.has(id))
  }

  /** Mostly somebody who may, so that not every answer is the same refusal. */
  const personFor = (dice: Dice, { operation }: Call): Person => {
    const roles: Record<string, string> = { manager: 'manager', admin: 'admin' }
    const people = [...Object.values(twins.cast), anonymous]
    const able = people.filter(({ id, name }) => mayApply((operation as Operation).rule, id === undefined ? null : { id, role: roles[name] ?? 'user' })) // prettier-ignore

    return dice.pick(able.length > 0 && dice.chance(0.8) ? able : people)
  }

  it('give the same answer, or the same error, to the same call', async function () {
    this.timeout(60_000)
    const counts = { answered: 0, refused: 0 }
    await seeded(SEED, async (dice, log) => {
      for (const model of twins.models) {
        for (const call of callsOf(model, dice, idsOf, targetsOf(model), SHARE)) {
          if (LEFT_OUT.includes(call.operation.name)) continue
          const person = personFor(dice, call)
          log.push(`${person.name}: ${described(call)}`)
          const rest = await byRest(twins.worlds[0], person, call)
          const socket = await bySocket(await twins.socket(person, 1, { isSpent: !model.table }), call)
          assert.ok(rest.status < 500 && socket.status < 500, `${rest.status} ${socket.status}`)
          assert.deepEqual(plain({ ...socket }), plain({ ...rest }), described(call))
          counts[rest.isRefused ? 'refused' : 'answered']++
        }
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
          // REST reads the body before it asks who may.
          if (socket.body.code === 403 && status === 400) continue
          assert.equal(socket.body.code, status, `${operation.name} ${model.path} ${raw}`)
          assert.deepEqual(Object.keys(socket.body), Object.keys(body))
        }
      }
    }
  })

  it('leave the same records and the same changes behind', async () => {
    for (const { name, table, fields } of twins.models) {
      // Times and chance of their own.
      if (!table || ['sessions', 'one_time_tokens'].includes(name)) continue
      const columns = [...fields.values()].filter(({ hash }) => !hash).map((field) => `"${field.name}"`)
      const rows = (which: 0 | 1) => twins.hands[which].sql(`select to_jsonb(t) as row from (select ${columns.join()} from "${name}") t order by id`) // prettier-ignore
      assert.deepEqual(plain(await rows(1)), plain(await rows(0)), name)
    }
    const feed = (which: 0 | 1) => twins.hands[which].sql(`select id, resource, event, action, user_id from changes where resource <> 'sessions' order by id`) // prettier-ignore
    assert.deepEqual(await feed(1), await feed(0))
  })
})

import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import { readableColumns } from '../../packages/rachis/src/rules/policy'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { userOf } from '../../packages/rachis/src/testing/conformance/shown'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { changeHidden } from './hidden-values'
import { randomDeclaration } from './declarations'
import type { Twins } from './stage'
import { openTwins } from './stage'

/** What differs between any two processes or moments, and the place in a feed that each database has of its own. */
const OWN = ['date', 'x-rachis-position', 'x-rachis-tx', 'content-length', 'server-timing']

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly raw?: string
  readonly body?: unknown
}

describe('hidden fields in files, validators and batches', () => {
  let twins: Twins
  let models: readonly Model[]
  const ids = new Map<string, unknown[]>()
  const users = new Map<string, Json | null>([['anonymous', null]])
  const idsOf = (name: string) => ids.get(name) ?? []
  before(async function () {
    this.timeout(60_000)
    const dice = new Dice(SEED)
    const names = ['random_one', 'random_two', 'random_three']
    twins = await openTwins(names.map((name) => randomDeclaration(name, dice)), dice, 10) // prettier-ignore
    models = twins.models.filter(({ name }) => name.startsWith('random_'))
    for (const { name } of models) ids.set(name, await twins.hands[0].ids(name))
    for (const person of Object.values(twins.cast)) users.set(person.name, await userOf(twins.hands[0], twins.models, person)) // prettier-ignore
  })
  after(() => twins?.close())

  const change = (person: Person, dice: Dice) => changeHidden({ twins, models, idsOf }, users.get(person.name) ?? null, dice) // prettier-ignore

  /** Reads in every form, and writes that are taken back or refused. */
  const asked = (model: Model, person: Person): Asked[] => {
    const path = `/${model.path}`
    const [id] = idsOf(model.name)
    const columns = readableColumns(model, users.get(person.name) ?? null)
    const file = `${columns.join(',')}\n${columns.map(() => 'x').join(',')}\n`
    const reads = [path, `${path}/export?count=exact`, `${path}/export?limit=2`, `${path}/export?fields=${columns.slice(0, 2).join(',')}`] // prettier-ignore

    return [
      ...reads.flatMap(
        (read) =>
        ['text/csv', 'application/x-ndjson'].map((Accept) => ({ method: 'GET', path: read, headers: { Accept } })) // prettier-ignore
      ),
      { method: 'GET', path },
      { method: 'HEAD', path },
      { method: 'GET', path: `${path}/${String(id)}` },
      { method: 'GET', path, headers: { 'If-None-Match': '"other"' } },
      { method: 'PATCH', path: `${path}/${String(id)}`, body: {}, headers: { 'If-Match': '"other"' } },
      { method: 'DELETE', path: `${path}/${String(id)}`, headers: { 'If-Match': '"other"' } },
      { method: 'POST', path: `${path}?dry_run=true&on_error=skip`, raw: file, headers: { 'Content-Type': 'text/csv' } }, // prettier-ignore
      { method: 'POST', path: '/batch', body: { operations: [{ method: 'GET', path }, { method: 'GET', path: `${path}/${String(id)}` }] } } // prettier-ignore
    ]
  }

  const answer = async (which: 0 | 1, person: Person, { method, path, ...call }: Asked) => {
    const headers = { 'X-Request-Id': 'the-same', ...call.headers }
    const response = await twins.worlds[which].send(person, method, path, { ...call, headers })
    const own = [...response.headers].filter(([name]) => !OWN.includes(name))

    return { status: response.status, headers: own, text: await response.text() }
  }

  it('make no difference to a byte of a body or a header', async function () {
    this.timeout(60_000)
    const seen = { hidden: 0, answered: 0, refused: 0 }
    await seeded(SEED + 2, async (dice, log) => {
      const person = dice.pick([anonymous, ...['stranger', 'owner'].map((name) => twins.cast[name]!)])
      seen.hidden = await change(person, dice)
      for (const model of models)
        for (const call of asked(model, person)) {
          log.push(`${person.name}: ${call.method} ${call.path}`)
          const [one, other] = [await answer(0, person, call), await answer(1, person, call)]
          assert.deepEqual(other, one)
          assert.ok(one.status < 500, one.text)
          seen[one.status < 400 ? 'answered' : 'refused']++
        }
    })
    assert.ok(seen.hidden > 10 && seen.answered > 10 && seen.refused > 3, JSON.stringify(seen))
  })
})

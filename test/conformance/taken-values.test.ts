import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Json, Person } from '../helpers/world'
import { byRest, described } from '../../packages/rachis/src/testing/conformance/calls'
import type { Call } from '../../packages/rachis/src/testing/conformance/calls'
import { randomUnique } from './declarations'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { shownColumns, userOf } from '../../packages/rachis/src/testing/conformance/shown'
import { comparable } from '../../packages/rachis/src/testing/conformance/twins'
import type { Twins } from './stage'
import { openTwins } from './stage'

/** Two worlds in which the same values are taken, those that a reader is not shown by other records. */
describe('unique values that rules hide', () => {
  let twins: Twins
  let model: Model
  before(async () => {
    const dice = new Dice(SEED)
    twins = await openTwins([randomUnique(dice)], dice, 24)
    model = twins.models.find(({ name }) => name === 'random_unique')!
  })
  after(() => twins.close())

  const rowsOf = (): Promise<Json[]> =>
    twins.hands[0].sql(`select id::int, handle from random_unique where handle is not null order by id`)

  /** Each of these records gets the value of the next, in the second world alone. */
  const give = async (rows: readonly Json[], by: number) => {
    const hand = twins.hands[1]
    await hand.sql('update random_unique set handle = null where id = any($1)', [rows.map(({ id }) => id)])
    for (const [index, { id }] of rows.entries()) {
      const { handle } = rows[(index + by) % rows.length]!
      await hand.update('random_unique', { handle }, 'id = $1', [id])
    }
  }

  const attempts = (handles: readonly string[], known: readonly unknown[], dice: Dice): Call[] => {
    const operation = (wanted: string) => model.operations.find(({ name }) => name === wanted)!
    const created = handles.flatMap((handle) => [
      { model, operation: operation('create'), data: { title: 'x', handle } },
      { model, operation: operation('create'), data: [{ title: 'x' }, { title: 'y', handle }] }
    ])
    // Of a record whose value they may not read its own value is taken by none: uniqueness itself says so.
    const changed = handles.map((handle) => ({
      model,
      operation: operation('patch'),
      id: known.length > 0 ? dice.pick(known) : 1,
      data: { handle }
    }))

    return [...created, ...changed]
  }

  const compare = async (person: Person, call: Call): Promise<number> => {
    const said = comparable(new Set())
    const headers = { 'X-Request-Id': 'the-same' }
    const [one, other] = [
      await byRest(twins.worlds[0], person, call, headers),
      await byRest(twins.worlds[1], person, call, headers)
    ]
    assert.equal(JSON.stringify(said(other)), JSON.stringify(said(one)))

    return one.status
  }

  it('are refused as taken in the same words, whoever has them', async function () {
    this.timeout(60_000)
    const statuses: number[] = []
    let moved = 0
    await seeded(SEED, async (dice, log) => {
      for (const person of Object.values(twins.cast)) {
        const user = await userOf(twins.hands[0], twins.models, person)
        const shown = await shownColumns(twins.worlds[0], model, user)
        const rows = await rowsOf()
        const hidden = rows.filter(({ id }) => !shown(id).includes('handle'))
        const known = rows.filter((row) => !hidden.includes(row)).map(({ id }) => id as unknown)
        await give(hidden, 1)
        moved += hidden.length
        const handles = [...dice.some(rows, 0.2).map(({ handle }) => handle as string), `new ${person.name}`]
        for (const call of attempts(handles, known, dice)) {
          log.push(`${person.name}: ${described(call)}`)
          statuses.push(await compare(person, call))
        }
        await give(hidden, 0)
      }
    })
    const taken = statuses.filter((status) => status === 409).length
    assert.ok(moved > 10 && taken > 5 && statuses.includes(201), `${moved} ${String(statuses)}`)
  })
})

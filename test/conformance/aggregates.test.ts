import assert from 'node:assert/strict'
import { isNumber, isScalar, typeInfo } from '../../packages/rachis/src/declare/column-types'
import type { FieldInfo } from '../../packages/rachis/src/declare'
import type { Model } from '../../packages/rachis/src/model/model'
import { mayApply, readableColumns } from '../../packages/rachis/src/rules/policy'
import { DEPTH } from '../helpers/depth'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { expectedGroups, inNoOrder } from './aggregated'
import { byRest, bySocket, described } from '../../packages/rachis/src/testing/conformance/calls'
import type { Call } from '../../packages/rachis/src/testing/conformance/calls'
import { changeHidden } from './hidden-values'
import { randomDeclaration, randomGroups } from './declarations'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { valueFor } from '../../packages/rachis/src/testing/samples'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { userOf } from '../../packages/rachis/src/testing/conformance/shown'
import type { Twins } from './stage'
import { openTwins } from './stage'

/** Of texts the collation decides, which only the database knows. */
const isCompared = (field: FieldInfo) =>
  typeInfo(field.type).order === 'everywhere' || field.enum !== undefined
const some = (dice: Dice, names: readonly string[], most: number) => dice.some(names, 0.3).slice(0, most)

describe('aggregates by random rules', () => {
  let twins: Twins
  let models: readonly Model[]
  const ids = new Map<string, unknown[]>()
  const users = new Map<string, Json | null>([['anonymous', null]])
  const people = () => [...Object.values(twins.cast), anonymous]
  const idsOf = (name: string) => ids.get(name) ?? []
  const operationOf = ({ operations }: Model, wanted: string) => operations.find(({ name }) => name === wanted)! // prettier-ignore

  before(async () => {
    const dice = new Dice(SEED)
    const names = ['random_one', 'random_two', 'random_three']
    twins = await openTwins([...randomGroups(dice), ...names.map((name) => randomDeclaration(name, dice))], dice, 14) // prettier-ignore
    models = twins.models.filter(({ name }) => name.startsWith('random_'))
    for (const { name } of twins.models) ids.set(name, models.some((model) => model.name === name) ? await twins.hands[0].ids(name) : []) // prettier-ignore
    for (const person of Object.values(twins.cast)) users.set(person.name, await userOf(twins.hands[0], twins.models, person)) // prettier-ignore
  })
  after(() => twins.close())

  /** What is asked of groups of some fields, and which records and groups are meant. */
  const question = (model: Model, fields: readonly FieldInfo[], dice: Dice, unit: string): Json => {
    const names = (takes: (field: FieldInfo) => boolean) => fields.filter(takes).map(({ name }) => name)
    const field = dice.pick(fields.filter(isScalar))
    const value: unknown = valueFor({ ...field, nullable: false }, dice, idsOf)
    const asked = {
      group: [...some(dice, names(isScalar), 2), ...some(dice, names(({ type }) => typeInfo(type).buckets !== undefined).map((name) => `${name}.${unit}`), 1)],
      count: ['*', ...some(dice, names(() => true), 2)], sum: some(dice, names(isNumber), 2), avg: some(dice, names(isNumber), 1),
      min: some(dice, names(isCompared), 2), max: some(dice, names(isCompared), 2)
    } // prettier-ignore
    const given = Object.entries(asked).filter(([, list]) => list.length > 0)

    return {
      ...Object.fromEntries(given),
      ...(value !== undefined && dice.chance(0.4) ? { [field.name]: { $ne: String(value) } } : {}),
      ...(dice.chance(0.3) ? { having: { count: { $gte: '2' } } } : {}),
      limit: '1000'
    }
  }

  const findAll = async (model: Model, person: Person, query: Json): Promise<Json[]> => {
    const { body } = await byRest(twins.worlds[0], person, { model, operation: operationOf(model, 'find'), query: { ...query, $limit: 100 } }) // prettier-ignore
    assert.ok(body.total <= 100, JSON.stringify(body))
    return body.data
  }

  it('are what their caller would compute from the pages of the list, on REST and sockets', async function () {
    this.timeout(60_000)
    const seen = { groups: 0, filled: 0 }
    await seeded(SEED, async (dice, log) => {
      for (let run = 0; run < 120 * DEPTH; run++) {
        const model = dice.pick(models)
        const person = dice.pick(people().filter(({ name }) => mayApply(model.rules.read, users.get(name) ?? null))) // prettier-ignore
        const readable = readableColumns(model, users.get(person.name) ?? null)
        const fields = readable.map((name) => model.fields.get(name)!)
        const unit = dice.pick(['day', 'month', 'quarter', 'year'])
        const data = question(model, fields, dice, unit)
        const call: Call = { model, operation: operationOf(model, 'aggregate'), data }
        log.push(`${person.name}: ${described(call)}`)
        const rest = await byRest(twins.worlds[0], person, call)
        assert.equal(rest.status, 200, JSON.stringify(rest.body))
        assert.deepEqual((await bySocket(await twins.socket(person, 0), call)).body, rest.body)
        const { group, count, sum, avg, min, max, having, limit: _limit, ...filters } = data
        const rows = await findAll(model, person, filters)
        const expected = expectedGroups(model, rows, { group, count, sum, avg, min, max }, having ? 2 : 0)
        assert.deepEqual(inNoOrder(rest.body.data), inNoOrder(expected))
        assert.equal(rest.body.total, expected.length)
        seen.groups += expected.length
        seen.filled += rows.length
      }
    })
    assert.ok(seen.groups > 100 && seen.filled > 200, JSON.stringify(seen))
  })

  const change = (person: Person, dice: Dice) => changeHidden({ twins, models, idsOf }, users.get(person.name) ?? null, dice) // prettier-ignore

  it('are byte for byte alike where two databases differ in hidden values only, refusals as well', async function () {
    this.timeout(60_000)
    const seen = { answered: 0, refused: 0 }
    await seeded(SEED + 1, async (dice, log) => {
      const person = dice.pick(people())
      await change(person, dice)
      for (let run = 0; run < 160 * DEPTH; run++) {
        const model = dice.pick(models)
        const fields = [...model.fields.values()].filter(({ hidden }) => !hidden || dice.chance(0.1))
        const known = dice.chance(0.7) ? readableColumns(model, users.get(person.name) ?? null) : undefined
        const data = { ...question(model, fields.filter(({ name }) => known?.includes(name) ?? true), dice, dice.pick(['hour', 'week', 'nope', 'month'])), tz: 'Europe/Berlin' } // prettier-ignore
        const call: Call = { model, operation: operationOf(model, 'aggregate'), data }
        log.push(`${person.name}: ${described(call)}`)
        const headers = { 'X-Request-Id': 'the-same' }
        const [one, other] = await Promise.all(twins.worlds.map((world) => byRest(world, person, call, headers))) // prettier-ignore
        assert.equal(JSON.stringify(other), JSON.stringify(one))
        assert.ok(one!.status < 500)
        seen[one!.isRefused ? 'refused' : 'answered']++
      }
    })
    assert.ok(seen.answered > 10 && seen.refused > 5, JSON.stringify(seen))
  })
})

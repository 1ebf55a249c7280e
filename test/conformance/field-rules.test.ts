import assert from 'node:assert/strict'
import { asksOfRecord } from '../../packages/rachis/src/declare/predicate'
import { fieldRule } from '../../packages/rachis/src/rules/policy'
import { relationsOf } from '../../packages/rachis/src/model/models'
import type { Model } from '../../packages/rachis/src/model/model'
import type { FieldInfo } from '../../packages/rachis/src/declare'
import { DEPTH } from '../helpers/depth'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { byRest, described } from '../../packages/rachis/src/testing/conformance/calls'
import type { Call, Outcome } from '../../packages/rachis/src/testing/conformance/calls'
import { queriesOn } from '../../packages/rachis/src/testing/conformance/catalogue'
import { randomDeclaration, randomGroups } from './declarations'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { valueFor } from '../../packages/rachis/src/testing/samples'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { shownColumns, userOf } from '../../packages/rachis/src/testing/conformance/shown'
import { comparable } from '../../packages/rachis/src/testing/conformance/twins'
import type { Twins } from './stage'
import { openTwins } from './stage'

/** Rules by chance say of each record which of its fields a reader is shown. Two worlds differ in what is hidden from them only. */
describe('fields of records that rules hide', () => {
  let twins: Twins
  let models: readonly Model[]
  let ids: ReadonlyMap<string, readonly unknown[]>
  let changed: ReadonlySet<string>
  before(async () => {
    const dice = new Dice(SEED)
    const names = ['random_one', 'random_two', 'random_three']
    const extra = [...randomGroups(dice), ...names.map((name) => randomDeclaration(name, dice))]
    twins = await openTwins(extra, dice, 10)
    models = twins.models.filter((model) => guardedOf(model).length > 0)
    changed = new Set([
      ...extra.map(({ name }) => name.replaceAll('_', '-')),
      ...models.map(({ path }) => path)
    ])
    ids = await twins.hands[0].idsOf(twins.models)
  })
  after(() => twins.close())

  const idsOf = (name: string) => ids.get(name) ?? []
  const guardedOf = (model: Model): FieldInfo[] =>
    [...model.fields.values()].filter(({ name }) => asksOfRecord(fieldRule(model, name, 'read')))
  const operationOf = ({ operations }: Model, wanted: string) =>
    operations.find(({ name }) => name === wanted)!

  /** The hidden fields of each record, for one reader. */
  const hiddenFrom = async (person: Person): Promise<[Model, unknown, FieldInfo[]][]> => {
    const user = await userOf(twins.hands[0], twins.models, person)
    const all = models.map(async (model) => {
      const shown = await shownColumns(twins.worlds[0], model, user)
      return idsOf(model.name).map((id): [Model, unknown, FieldInfo[]] => [
        model,
        id,
        guardedOf(model).filter(({ name }) => !shown(id).includes(name))
      ])
    })

    return (await Promise.all(all)).flat()
  }

  /** A value that there is in one of the worlds, so that what is asked would find what must not be found. */
  const knownValue = async ({ name: table }: Model, field: FieldInfo, dice: Dice): Promise<unknown> => {
    const hand = dice.pick(twins.hands)
    const rows = await hand.sql(`select to_jsonb("${field.name}") as value from "${table}" where "${field.name}" is not null`) // prettier-ignore
    const { value } = rows.length > 0 ? dice.pick(rows) : { value: valueFor({ ...field, nullable: false }, dice, idsOf) } // prettier-ignore

    return value
  }

  const pathQueries = (field: FieldInfo, value: Json): Json[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      queriesOn(`${field.name}.${/^\w+$/.test(key) ? key : JSON.stringify(key)}`, String(inner))
    )

  const questionsOn = async (model: Model, field: FieldInfo, dice: Dice): Promise<Json[]> => {
    const value = await knownValue(model, field, dice)
    if (field.type === 'jsonb') return pathQueries(field, value as Json)
    const relations = relationsOf(model).filter(({ column }) => column === field.name)
    const [asked] = [value].flat()

    return [
      ...queriesOn(field.name, asked),
      { search: String(asked) },
      { search: String(asked), $limit: 2, $skip: 1 },
      { $sort: { [field.name]: 1 }, $limit: 3 },
      { $sort: { [field.name]: -1, id: -1 }, $skip: 2 },
      { $or: [{ [field.name]: asked }, { kind: 'a' }], $select: [field.name] },
      ...relations.flatMap(({ name }) => [
        { include: name },
        { include: name, fields: 'id' },
        ...queriesOn(`${name}.id`, asked),
        ...queriesOn(`${name}.username`, 'owner', ['$ne'])
      ])
    ]
  }

  const questions = async (dice: Dice): Promise<Call[]> => {
    const calls: Call[] = []
    for (const model of models) {
      for (const field of guardedOf(model)) {
        const queries = await questionsOn(model, field, dice)
        calls.push(...queries.map((query) => ({ model, operation: operationOf(model, 'find'), query })))
      }
      const records = ['get', 'history'].map((name) => operationOf(model, name))
      for (const id of idsOf(model.name)) calls.push({ model, operation: records[0]!, id })
    }

    return calls
  }

  /** Changes that a reader may try, also of what is hidden from them, and with what there is. */
  const attempts = async (dice: Dice): Promise<Call[]> => {
    const calls: Call[] = []
    for (const model of models) {
      for (const id of dice.some(idsOf(model.name), 0.4)) {
        const field = dice.pick([...guardedOf(model), model.fields.get('title')!])
        const value = await knownValue(model, field, dice)
        calls.push({ model, operation: operationOf(model, 'patch'), id, data: { [field.name]: value } })
      }
    }

    return calls
  }

  const same = async (person: Person, call: Call, said: (outcome: Outcome) => unknown): Promise<Outcome> => {
    const ask = (which: 0 | 1) => byRest(twins.worlds[which], person, call, { 'X-Request-Id': 'the-same' })
    const [one, other] = [await ask(0), await ask(1)]
    assert.equal(JSON.stringify(said(other)), JSON.stringify(said(one)))

    return one
  }

  /** What was hidden has other values in the second world; afterwards both are the same again. */
  const differing = async (person: Person, dice: Dice, work: () => Promise<void>) => {
    const [first, second] = twins.hands
    for (const [{ name }, id, fields] of await hiddenFrom(person)) {
      if (fields.length === 0) continue
      const row = Object.fromEntries(fields.map((field) => [field.name, valueFor(field, dice, idsOf)]))
      await second.update(name, row, 'id::text = $1', [String(id)])
    }
    await work()
    for (const { name, fields } of models) {
      const stored = [...fields.values()].filter(({ computed }) => !computed).map((field) => field.name)
      for (const { row } of await first.sql(`select to_jsonb(t) as row from "${name}" t`)) {
        const changes = Object.fromEntries(stored.map((column) => [column, row[column]]))
        await second.update(name, changes, 'id::text = $1', [String(row.id)])
      }
    }
  }

  const listening = async (person: Person, work: () => Promise<void>): Promise<string[][]> => {
    const said = comparable(new Set([...ids.values()].flat()))
    const sockets = [await twins.socket(person, 0), await twins.socket(person, 1)]
    for (const world of twins.worlds) await world.settled()
    for (const socket of sockets) {
      await socket.drained()
      socket.forget()
    }
    await work()
    for (const world of twins.worlds) await world.settled()
    for (const socket of sockets) await socket.drained()

    // Jobs of modules, such as the one that finds deliveries of webhooks without a job, write at a time of their own in each world.
    return sockets.map(({ events }) =>
      events
        .filter(({ name }) => changed.has(name.split(' ')[0]!))
        .map(({ name, data }) => JSON.stringify([name, said(data)]))
    )
  }

  it('make no difference to any answer, whatever is asked', async function () {
    this.timeout(120_000)
    let [compared, found] = [0, 0]
    await seeded(SEED, async (dice, log) => {
      for (const person of [...Object.values(twins.cast), anonymous]) {
        await differing(person, dice, async () => {
          for (const call of dice.some(await questions(dice), 0.08 * DEPTH)) {
            log.push(`${person.name}: ${described(call)}`)
            const { isRefused, body } = await same(person, call, (outcome) => outcome)
            if (!isRefused && (body.data?.length ?? 1) > 0) found++
            compared++
          }
        })
      }
    })
    // How much there is to ask is up to the declarations that the seed draws.
    assert.ok(compared > 60 * DEPTH && found > 5 * DEPTH, `${compared} ${found}`)
  })

  it('make no difference to what becomes of a change, and to what is told of it', async function () {
    this.timeout(120_000)
    let [done, told] = [0, 0]
    await seeded(SEED + 1, async (dice, log) => {
      const said = comparable(new Set([...ids.values()].flat()))
      for (const person of [...Object.values(twins.cast), anonymous]) {
        await differing(person, dice, async () => {
          const events = await listening(person, async () => {
            for (const call of dice.some(await attempts(dice), 0.6)) {
              log.push(`${person.name}: ${described(call)}`)
              if (!(await same(person, call, said)).isRefused) done++
            }
            for (const { name } of models) {
              // No rule of a field asks for it, so that what was hidden stays so.
              // Nobody else's title, because a record that has it already would not change, and nothing would be told.
              const changes = { title: `${dice.pick(['x', 'y', 'z'])} ${person.name}` }
              for (const hand of twins.hands) for (const id of idsOf(name)) await hand.update(name, changes, 'id::text = $1', [String(id)]) // prettier-ignore
            }
          })
          assert.deepEqual(events[1], events[0], person.name)
          told += events[0]!.length
        })
      }
    })
    assert.ok(done > 2 && told > 10, `${done} ${told}`)
  })
})

import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import { relationsOf } from '../../packages/rachis/src/model/models'
import { mayApply, readableColumns } from '../../packages/rachis/src/rules/policy'
import { DEPTH, isDeep } from '../helpers/depth'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { byRest, bySocket, described } from '../../packages/rachis/src/testing/conformance/calls'
import type { Outcome } from '../../packages/rachis/src/testing/conformance/calls'
import { hiddenFields, questions } from '../../packages/rachis/src/testing/conformance/checks/hidden'
import { reads } from '../../packages/rachis/src/testing/conformance/catalogue'
import { open, randomDeclaration } from './declarations'
import { randomJoins } from './joins'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { valueFor } from '../../packages/rachis/src/testing/samples'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { shownColumns } from '../../packages/rachis/src/testing/conformance/shown'
import type { Twins } from './stage'
import { openTwins, WITHOUT_WEBHOOKS } from './stage'

describe('hidden fields', () => {
  let twins: Twins
  let ids: ReadonlyMap<string, readonly unknown[]>
  const users = new Map<string, Json | null>([['anonymous', null]])
  const people = () => [...Object.values(twins.cast), anonymous]
  before(async function () {
    this.timeout(180_000)
    const dice = new Dice(SEED)
    const extra = ['random_one', 'random_two'].map((name) => randomDeclaration(name, dice))
    twins = await openTwins([...extra, ...randomJoins(dice), open], dice, 6, WITHOUT_WEBHOOKS)
    ids = await twins.hands[0].idsOf(twins.models)
    for (const { name, id } of Object.values(twins.cast)) {
      const [row] = await twins.hands[0].sql('select * from users where id = $1', [id])
      users.set(name, { ...row, id })
    }
  })
  after(() => twins?.close())

  const userOf = ({ name }: Person) => users.get(name) ?? null
  const idsOf = (resource: string) => ids.get(resource) ?? []
  const findable = () =>
    twins.models.filter(({ operations }) => operations.some(({ name }) => name === 'find'))
  const operationOf = ({ operations }: Model, wanted: string) =>
    operations.find(({ name }) => name === wanted)!

  it('cannot be asked for by any operator, order, selection or path', async function () {
    this.timeout(180_000)
    let asked = 0
    await seeded(SEED, async (dice, log) => {
      for (const model of findable()) {
        for (const person of people()) {
          for (const call of dice.some(
            questions(model, userOf(person), { dice, idsOf }),
            isDeep ? 0.08 * DEPTH : 0.02
          )) {
            log.push(`${person.name}: ${described(call)}`)
            const outcomes = [
              await byRest(twins.worlds[0], person, call),
              await bySocket(await twins.socket(person, 0), call)
            ]
            for (const { status } of outcomes) assert.ok([400, 401, 403].includes(status), String(status))
            asked++
          }
        }
      }
    })
    assert.ok(asked > 60, String(asked))
  })

  it('are not in answers, nor in what is answered along with them', async () => {
    let looked = 0
    const look = async (model: Model, person: Person, row: Json) => {
      const readable = (await shown(model, person))(row.id)
      const relations = relationsOf(model)
      for (const name of Object.keys(row)) {
        const relation = relations.find((one) => one.name === name)
        const column = relation?.column ?? name
        assert.ok(readable.includes(column), `${person.name} is shown ${model.name}.${name}`)
        for (const inner of relation ? [row[name]].flat() : [])
          if (inner) await look(relation!.target, person, inner)
      }
      looked++
    }
    for (const model of findable()) {
      for (const person of people().filter(({ name }) => mayApply(model.rules.read, users.get(name)))) {
        const includes = ['', ...relationsOf(model).map(({ name }) => name)]
        for (const name of includes) {
          const query = name ? { include: name, limit: 100 } : { limit: 100 }
          const { isRefused, body } = await byRest(twins.worlds[0], person, { model, operation: operationOf(model, 'find'), query }) // prettier-ignore
          if (!isRefused) for (const row of body.data) await look(model, person, row)
        }
      }
    }
    assert.ok(looked > 300, String(looked))
  })

  it('are not in what is told of the past', async () => {
    let looked = 0
    for (const model of findable()) {
      const history = model.operations.find(({ name }) => name === 'history')
      for (const person of history ? people() : []) {
        const readable = readableColumns(model, users.get(person.name))
        for (const id of ids.get(model.name)!) {
          const { isRefused, body } = await byRest(twins.worlds[0], person, {
            model,
            operation: history!,
            id
          })
          for (const { changes } of isRefused ? [] : body.data) {
            const strange = Object.keys(changes).filter((name) => !readable.includes(name))
            assert.deepEqual(strange, [], `${person.name}: ${model.path} ${String(id)}`)
            looked++
          }
        }
      }
    }
    assert.ok(looked > 20, String(looked))
  })

  /** The columns of each record that a person is shown, asked once: nothing that a rule asks for is changed here. */
  const known = new Map<string, ReturnType<typeof shownColumns>>()
  const shown = (model: Model, person: Person) => {
    const key = `${model.name} ${person.name}`
    const found = known.get(key) ?? shownColumns(twins.worlds[0], model, users.get(person.name) ?? null)
    known.set(key, found)

    return found
  }

  /** Other values in every column of every record that these people may not read, and nothing else changed. */
  const change = async (readers: readonly Person[], dice: Dice) => {
    for (const model of twins.models.filter(({ table, name }) => table && name !== 'sessions')) {
      const fields = [...model.fields.values()].filter(({ computed, name }) => !computed && name !== 'deleted_at') // prettier-ignore
      const shownTo = await Promise.all(readers.map((reader) => shown(model, reader)))
      for (const id of ids.get(model.name)!) {
        const hidden = fields.filter(({ name }) => shownTo.every((columns) => !columns(id).includes(name)))
        if (hidden.length === 0) continue
        const row = Object.fromEntries(hidden.map((field) => [field.name, valueFor(field, dice, idsOf)]))
        await twins.hands[1].update(model.name, row, 'id::text = $1', [String(id)])
      }
    }
  }

  it('make no difference to any answer or event, whatever is in them', async function () {
    this.timeout(180_000)
    let compared = 0
    await seeded(SEED, async (dice, log) => {
      const readers = [...['manager', 'owner'].map((name) => twins.cast[name]!), anonymous]
      for (const [index, person] of readers.entries()) {
        await change(readers.slice(index), dice)
        for (const model of findable()) {
          // The feed of the one has more entries than that of the other, and so has the history.
          const calls = reads(model, dice, (name) => ids.get(name) ?? []).filter(({ operation }) => operation.name !== 'history') // prettier-ignore
          for (const call of dice.some(calls, 0.015 * DEPTH)) {
            log.push(`${person.name}: ${described(call)}`)
            const headers = { 'X-Request-Id': 'the-same' }
            const ask = (which: 0 | 1): Promise<Outcome> => byRest(twins.worlds[which], person, call, headers)
            assert.equal(JSON.stringify(await ask(1)), JSON.stringify(await ask(0)))
            compared++
          }
        }
        await sameEvents(person, dice)
      }
    })
    assert.ok(compared > 100, String(compared))
  })

  /** The same change in both worlds: what this person's sockets are told of it is the same. */
  const sameEvents = async (person: Person, dice: Dice) => {
    const sockets = [await twins.socket(person, 0), await twins.socket(person, 1)] as const
    for (const world of twins.worlds) await world.settled()
    for (const socket of sockets) {
      await socket.drained()
      socket.forget()
    }
    for (const model of findable()) {
      const keys = (model.table?.constraints ?? []).flatMap(({ kind, fields }) =>
        kind === 'unique' ? fields : []
      )
      const field = [...model.fields.values()].find(({ name, type, enum: words, unique, normalize }) => type === 'text' && !words && !unique && !normalize && !keys.includes(name)) // prettier-ignore
      if (!field || !model.table || hiddenFields(model, userOf(person)).includes(field)) continue
      const row = { [field.name]: valueFor({ ...field, nullable: false }, dice, () => []) }
      for (const hand of twins.hands) await hand.update(model.name, row, 'true')
    }
    for (const world of twins.worlds) await world.settled()
    for (const socket of sockets) await socket.drained()
    // One statement changes rows in the order in which they lie in the file.
    const told = sockets.map(({ events }) =>
      events.map(({ name, data }) => JSON.stringify([name, data])).sort()
    )
    assert.ok(told[0]!.length > 0)
    assert.deepEqual(told[1], told[0])
  }
})

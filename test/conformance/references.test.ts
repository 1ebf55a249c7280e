import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { dataSchema } from '../../packages/rachis/src/model/schemas'
import { fieldRule } from '../../packages/rachis/src/rules/policy'
import type { FieldInfo } from '../../packages/rachis/src/declare'
import { DEPTH } from '../helpers/depth'
import type { Json } from '../helpers/world'
import type { Call, Outcome } from '../../packages/rachis/src/testing/conformance/calls'
import { described } from '../../packages/rachis/src/testing/conformance/calls'
import { randomDeclaration, randomFamily } from './declarations'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { bothWays, callers, withoutTrace } from '../../packages/rachis/src/testing/conformance/guard'
import { dataFor } from '../../packages/rachis/src/testing/samples'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import type { Stage } from './stage'
import { openStage } from './stage'
import type { Watcher } from '../../packages/rachis/src/testing/conformance/watcher'

const WRITES = ['create', 'update', 'patch']
const MISSING: Readonly<Record<string, unknown>> = {
  bigint: 987_654_321,
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057'
}

/** What an answer says, and not which call it was. */
const said = ({ status, body }: Outcome): Json => {
  const { error: { trace_id: _, ...error } = {} as Json, ...rest } = body as Json
  return { status, ...rest, error }
}

interface Way {
  readonly model: Model
  readonly operation: Operation
  readonly field: FieldInfo
}

describe('references', () => {
  let stage: Stage
  let ids: ReadonlyMap<string, readonly unknown[]>
  before(async () => {
    const dice = new Dice(SEED)
    stage = await openStage([...randomFamily(dice), randomDeclaration('random_one', dice)], dice, 8)
    await stage.watchAll()
    ids = await stage.hand.idsOf(stage.models)
  })
  after(() => stage.close())

  const idsOf = (resource: string) => ids.get(resource) ?? []

  /** Every field in which a client names another record, with every operation that takes it. */
  const ways = (isRelaxed: boolean): Way[] =>
    stage.models.flatMap((model) =>
      model.operations
        .filter(({ name, data }) => WRITES.includes(name) && data === 'fields')
        .flatMap((operation) =>
          Object.keys((dataSchema(model, operation.name as 'create') as unknown as Json).properties)
            .map((name) => model.fields.get(name)!)
            .filter(({ references }) => references && (references.allow_unreadable ?? false) === isRelaxed)
            .map((field) => ({ model, operation, field }))
        )
    )

  /** Records of the other resource that this user may not read, and that the record does not name already. */
  const unreadable = async ({ model, field }: Way, user: object | null, id: unknown): Promise<unknown[]> => {
    const target = stage.models.find(({ name }) => name === field.references!.resource)!
    const may = await stage.allowed(target, target.rules.read, user)
    const rows = id === undefined ? [] : await stage.hand.sql(`select "${field.name}"::text as named from "${model.name}" where id::text = $1`, [String(id)]) // prettier-ignore

    return idsOf(target.name).filter((one) => !may.includes(one) && String(one) !== rows[0]?.named)
  }

  const callOf = ({ model, operation, field }: Way, id: unknown, user: object | null, dice: Dice) => {
    const others = [...model.fields.values()].filter(({ name, references, state }) => name !== field.name && (references || state || fieldRule(model, name, 'write').kind !== 'true')) // prettier-ignore
    const schema = dataSchema(model, operation.name as 'create') as never
    const data = dataFor(model, schema, dice, idsOf, { probability: 0.3, without: others.filter(({ nullable }) => nullable || operation.name === 'patch').map(({ name }) => name) }) // prettier-ignore

    return (named: unknown): Call => ({ model, operation, id, data: { ...data, [field.name]: named } })
  }

  const each = async (
    isRelaxed: boolean,
    share: number,
    look: (
      watcher: Watcher,
      call: (named: unknown) => Call,
      hidden: unknown,
      field: FieldInfo
    ) => Promise<void>
  ) => {
    // prettier-ignore
    await seeded(SEED, async (dice, log) => {
      for (const way of ways(isRelaxed)) {
        for (const { watcher, user, id } of await callers(stage, way.model, way.operation)) {
          const call = callOf(way, id, user, dice)
          for (const hidden of dice.some(await unreadable(way, user, id), share)) {
            log.push(`${watcher.name}: ${described(call(hidden))}`)
            await look(watcher, call, hidden, way.field)
          }
        }
      }
    })
  }

  it('to what the writer may not read are answered as those to nothing, and leave no trace', async function () {
    this.timeout(60_000)
    let refused = 0
    await withoutTrace(stage, () =>
      each(false, 0.3 * DEPTH, async (watcher, call, hidden, { references, type }) => {
        const [outcomes, missing] = [await bothWays(stage, watcher, call(hidden)), await bothWays(stage, watcher, call(MISSING[type]))] // prettier-ignore
        for (const [index, outcome] of outcomes.entries()) {
          assert.ok(outcome.isRefused, `${references!.resource} ${String(hidden)} was named`)
          assert.deepEqual(said(outcome), said(missing[index]!))
          if (outcome.body.error.code === 'MISSING_REFERENCE') refused++
        }
      })
    )
    assert.ok(refused > 30, String(refused))
  })

  it('may name what the writer may not read where the declaration allows it', async function () {
    this.timeout(60_000)
    let made = 0
    await each(true, 0.1 * DEPTH, async (watcher, call, hidden) => {
      const [outcome] = await bothWays(stage, watcher, call(hidden))
      if (!outcome.isRefused) made++
      else if (outcome.body.error.code === 'MISSING_REFERENCE') {
        // Not by this field: a user is never removed.
        assert.notEqual(outcome.body.error.field, 'assignee_id')
      }
    })
    assert.ok(made > 5, String(made))
    await stage.agree({ rightsChanged: true })
  })
})

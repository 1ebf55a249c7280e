import assert from 'assert/strict'
import type { Model } from '../../../model/model'
import type { Operation } from '../../../model/operations'
import { dataSchema } from '../../../model/schemas'
import { dataFor, valueFor } from '../../samples'
import type { Json } from '../../wire'
import { described } from '../calls'
import { bothWays, callers, forbidden, withField, withoutTrace } from '../guard'
import type { Watcher } from '../watcher'
import type { Check, Ground } from './ground'

/** What is sent back as it was read is taken. */
const isStored = async ({ stage }: Ground, model: Model, id: unknown, name: string, value: unknown) => {
  if (id === undefined) return false
  const [row] = await stage.hand.sql(`select to_jsonb(t) -> $2 = $3::jsonb as same from "${model.name}" t where id::text = $1`, [String(id), name, JSON.stringify(value)]) // prettier-ignore

  return row?.same === true
}

interface Caller {
  readonly watcher: Watcher
  readonly user: Json | null
  readonly id?: unknown
}

const refuseField = async (ground: Ground, model: Model, operation: Operation, { watcher, id }: Caller, names: readonly string[], name: string) => {
  const { stage, dice, idsOf } = ground
  const field = model.fields.get(name)
  const value = field ? (valueFor(field, dice, idsOf) ?? 1) : dice.pick([1, 'x', null, {}])
  if (field && (await isStored(ground, model, id, name, value))) return 0
  const schema = dataSchema(model, operation.name as 'create')
  const good = dataFor(model, schema as never, dice, idsOf, { without: names })
  const bad = withField(good, name, value)
  const call = { model, operation, id, data: operation.name === 'create' && dice.chance(0.3) ? [good, bad] : bad }
  for (const { status } of await bothWays(stage, watcher, call))
    assert.ok([400, 403, 409, 422].includes(status), `${watcher.name}: ${described(call)}: ${status}`)

  return 2
} // prettier-ignore

/** Takes no field that a client may not write, and none that there is not. */
export const takesNoForbiddenField: Check = async (ground) => {
  const { stage, dice, depth } = ground
  let refused = 0
  for (const model of stage.models) {
    await withoutTrace(stage, async () => {
      for (const operation of model.operations.filter(({ data, form }) => data === 'fields' && form === undefined))
        for (const caller of dice.some(await callers(stage, model, operation), 0.12 * depth)) {
          const names = forbidden(model, operation.name, caller.user)
          for (const name of names) refused += await refuseField(ground, model, operation, caller, names, name)
        }
    })
  }

  return refused
} // prettier-ignore

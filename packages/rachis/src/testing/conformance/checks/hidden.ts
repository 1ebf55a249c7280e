import assert from 'assert/strict'
import type { FieldInfo } from '../../../declare'
import type { Model } from '../../../model/model'
import { relationsOf } from '../../../model/models'
import { readableColumns } from '../../../rules/policy'
import { valueFor } from '../../samples'
import type { Json } from '../../wire'
import type { Call } from '../calls'
import { described } from '../calls'
import { queriesOn } from '../catalogue'
import { bothWays } from '../guard'
import type { Check, Ground } from './ground'

/** The fields that a user may read of no record. */
export const hiddenFields = (model: Model, user: Json | null): FieldInfo[] => {
  const readable = readableColumns(model, user)
  return [...model.fields.values()].filter(({ name }) => !readable.includes(name))
}

/** Every way to ask for a field that is not to be known, also through a relation that leads to it. */
export const questions = (model: Model, user: Json | null, { dice, idsOf }: Pick<Ground, 'dice' | 'idsOf'>): Call[] => {
  const value = (field: FieldInfo) => String(valueFor({ ...field, nullable: false }, dice, () => [1]))
  const [find, get] = ['find', 'get'].map((wanted) => model.operations.find(({ name }) => name === wanted)!)
  const [id = 1] = idsOf(model.name)
  const ask = (query: Json): Call => ({ model, operation: find!, query })
  const own = hiddenFields(model, user).flatMap((field) => [
    ...queriesOn(field.name, value(field)).map(ask),
    { model, operation: get!, id, query: { $select: [field.name] } },
    { model, operation: get!, id, query: { fields: field.name } }
  ])
  const others = relationsOf(model).flatMap(({ name, target }) =>
    hiddenFields(target, user).flatMap((field) => queriesOn(`${name}.${field.name}`, value(field)).map(ask))
  )

  return [...own, ...others]
} // prettier-ignore

/** Fields that somebody may read of no record cannot be asked for by any operator, order, selection or path. */
export const hidesFields: Check = async (ground) => {
  const { stage, dice, depth } = ground
  let asked = 0
  for (const model of stage.readable)
    for (const watcher of stage.watchers) {
      const user = await stage.userOf(watcher.person)
      for (const call of dice.some(questions(model, user, ground), 0.08 * depth)) {
        for (const { status } of await bothWays(stage, watcher, call))
          assert.ok([400, 401, 403].includes(status), `${watcher.name}: ${described(call)}: ${status}`)
        asked++
      }
    }

  return asked
}

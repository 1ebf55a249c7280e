import assert from 'assert/strict'
import { createDatabase } from '../../../database/query'
import { TRUE } from '../../../declare/predicate'
import type { Model } from '../../../model/model'
import type { Operation } from '../../../model/operations'
import { dataSchema, defaultsOf } from '../../../model/schemas'
import type { FindRow } from '../../../rules/memory'
import { allows, fieldRule, mayApply } from '../../../rules/policy'
import { targetOf } from '../../../service/target'
import { select } from '../../../sql/statements'
import { dataFor } from '../../samples'
import type { Json } from '../../wire'
import { byRest, described } from '../calls'
import { bothWays, withoutTrace } from '../guard'
import type { Watcher } from '../watcher'
import type { Check, Ground } from './ground'

const isChange = ({ states }: Model, { name }: Operation) =>
  ['update', 'patch', 'remove', 'restore'].includes(name) ||
  states?.transitions.some((step) => step.name === name)

const dataOf = ({ dice, idsOf }: Ground, model: Model, { name, data }: Operation): Json =>
  data !== 'fields' || name === 'patch'
    ? {}
    : dataFor(model, dataSchema(model, name as 'create') as never, dice, idsOf, { probability: 0 })

/** How a change is refused of a record that its rule does not name: one that the caller may not read is not there. */
const refusalOf = (operation: Operation, user: Json | null, isSeen: boolean): number => {
  if (!mayApply(operation.rule, user)) return user ? 403 : 401
  return isSeen ? 403 : 404
}

const refuseFor = async (ground: Ground, model: Model, operation: Operation, watcher: Watcher) => {
  const { stage, dice, idsOf, depth } = ground
  const user = await stage.userOf(watcher.person)
  const may = new Set(await stage.allowed(model, operation.rule, user))
  const sees = new Set(await stage.allowed(model, model.rules.read, user))
  const denied = dice.some(idsOf(model.name).filter((id) => !may.has(id)), 0.12 * depth) // prettier-ignore
  for (const id of denied) {
    const call = { model, operation, id, data: dataOf(ground, model, operation) }
    const expected = refusalOf(operation, user, sees.has(id))
    for (const { status } of await bothWays(stage, watcher, call))
      assert.equal(status, expected, `${watcher.name}: ${described(call)}`)
  }

  return denied.length
}

/** Refuses to change what the rules do not name, and leaves no trace of it. */
export const refusesChanges: Check = async (ground) => {
  const { stage } = ground
  let refused = 0
  await withoutTrace(stage, async () => {
    for (const model of stage.models)
      for (const operation of model.operations.filter((one) => isChange(model, one)))
        for (const watcher of stage.watchers) refused += await refuseFor(ground, model, operation, watcher)
  })

  return refused
}

/** Every record that a rule may ask for besides the one that it is about. */
const findIn = async ({ stage }: Ground): Promise<FindRow> => {
  const database = createDatabase(stage.worlds[0].app.get('postgresqlClient'))
  const read = async (model: Model) => {
    const rows = (await database.query(select(targetOf(model), { where: TRUE }))) as Json[]
    return [model.name, new Map(rows.map((row) => [String(row.id), row]))] as const
  }
  const tables = new Map(await Promise.all(stage.models.map(read)))

  return (resource, id) => tables.get(resource)?.get(String(id))
}

/** Whether who may create a record depends on another one. */
const followsParent = ({ rules }: Model) => JSON.stringify(rules.create).includes('through-relation')

/** Whether the rules let a user create this, as far as they ask of what is sent. */
const mayCreate = (model: Model, user: Json | null, data: Json, find: FindRow): boolean => {
  const owners = [...model.fields.values()].filter(({ owner }) => owner)
  const owned = Object.fromEntries(owners.map(({ name }) => [name, user?.id as unknown]))
  const row = { ...defaultsOf(model), ...data, ...owned }
  const writes = Object.keys(data).every((name) => allows(fieldRule(model, name, 'write'), user, row, find))

  return writes && allows(model.rules.create, user, row, find)
}

const refuseCreation = async ({ stage, dice, idsOf }: Ground, create: Operation, watcher: Watcher, find: FindRow) => {
  const model = stage.models.find(({ name }) => name === create.resource)!
  const user = await stage.userOf(watcher.person)
  const data = dataFor(model, dataSchema(model, 'create') as never, dice, idsOf)
  if (mayCreate(model, user, data, find)) return 0
  const call = { model, operation: create, data: dice.chance(0.3) ? [data] : data }
  // A parent that the caller may not read is answered as one that is not there.
  const expected = [user ? 403 : 401, 403, ...(user && followsParent(model) ? [409] : [])]
  for (const { status } of await bothWays(stage, watcher, call))
    assert.ok(expected.includes(status), `${watcher.name}: ${described(call)}: ${status}`)

  return 1
} // prettier-ignore

/** Refuses to create what the rules do not name. */
export const refusesCreations: Check = async (ground) => {
  const { stage } = ground
  const find = await findIn(ground)
  const creations = stage.models.flatMap(({ operations }) =>
    operations.filter(({ name, data, form }) => name === 'create' && data === 'fields' && form === undefined)
  )
  let refused = 0
  await withoutTrace(stage, async () => {
    for (const create of creations)
      for (const watcher of stage.watchers) refused += await refuseCreation(ground, create, watcher, find)
  })

  return refused
}

const patchWithin = async ({ stage, dice, idsOf }: Ground, model: Model, patch: Operation, watcher: Watcher) => {
  const user = await stage.userOf(watcher.person)
  let kept = 0
  for (const id of await stage.allowed(model, model.rules.update, user)) {
    const data = dataFor(model, dataSchema(model, 'patch') as never, dice, idsOf, { probability: 0.6, without: [...model.fieldRules.keys(), model.states?.field ?? ''] }) // prettier-ignore
    const outcome = await byRest(stage.worlds[0], watcher.person, { model, operation: patch, id, data })
    const may = await stage.allowed(model, model.rules.update, user)
    assert.ok(may.includes(id), `${watcher.name} put ${model.path} ${String(id)} out of their reach: ${JSON.stringify(data)}`) // prettier-ignore
    if (outcome.isRefused) continue
    const sees = (await stage.allowed(model, model.rules.read, user)).includes(id)
    assert.deepEqual(Object.keys(outcome.body as Json).sort(), sees ? (await stage.shown(model, user))(id).sort() : ['id']) // prettier-ignore
    kept++
  }

  return kept
} // prettier-ignore

/** Keeps a changed record within the rule that let it be changed. Users are left alone: a change could end somebody's session. */
export const keepsWithinRule: Check = async (ground) => {
  const { stage } = ground
  let kept = 0
  for (const model of stage.models.filter(({ name }) => name !== 'users')) {
    const patch = model.operations.find(({ name }) => name === 'patch')
    for (const watcher of patch ? stage.watchers : []) kept += await patchWithin(ground, model, patch!, watcher) // prettier-ignore
  }
  await stage.agree()

  return kept
}

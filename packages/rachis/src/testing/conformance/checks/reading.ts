import assert from 'assert/strict'
import type { Model } from '../../../model/model'
import { mayApply } from '../../../rules/policy'
import type { Json } from '../../wire'
import { byRest } from '../calls'
import type { Watcher } from '../watcher'
import { findAll } from '../watcher'
import type { Check, Ground } from './ground'

const removedOf = async ({ stage }: Ground, { name, softDelete }: Model): Promise<unknown[]> =>
  softDelete
    ? (await stage.hand.sql(`select id from "${name}" where deleted_at is not null`)).map(({ id }) =>
        /^\d+$/.test(id as string) ? Number(id) : (id as unknown)
      )
    : []

/** What the rules name for one reader of one resource, asked in the database. */
const expectedFor = async ({ stage }: Ground, model: Model, user: Json | null) => ({
  allowed: new Set(await stage.allowed(model, model.rules.read, user)),
  shown: await stage.shown(model, user),
  denial: mayApply(model.rules.read, user) ? 404 : user ? 403 : 401
})

const lookAs = async (ground: Ground, model: Model, { person, socket, name }: Watcher): Promise<number> => {
  const { stage, idsOf } = ground
  const { allowed, shown, denial } = await expectedFor(ground, model, await stage.userOf(person))
  const found = await findAll(socket, model.path)
  assert.deepEqual(new Set(found.map(({ id }) => id as unknown)), allowed, `${name}: ${model.path}`)
  for (const id of await removedOf(ground, model))
    assert.ok(!allowed.has(id), `${name} finds ${model.path} ${String(id)}, which is removed`)
  for (const row of found) assert.deepEqual(Object.keys(row).sort(), shown(row.id).sort())
  const get = model.operations.find((operation) => operation.name === 'get')
  for (const id of get ? idsOf(model.name) : []) {
    const { status, body } = await byRest(stage.worlds[0], person, { model, operation: get!, id })
    assert.equal(status, allowed.has(id) ? 200 : denial, `${name}: ${model.path} ${String(id)}`)
    if (status === 200) assert.deepEqual(Object.keys(body as Json).sort(), shown(id).sort())
  }

  return idsOf(model.name).length
}

/** Shows to everybody the records and the columns that the rules name, and no others. */
export const showsWhatRulesName: Check = async (ground) => {
  let compared = 0
  for (const model of ground.stage.readable)
    for (const watcher of ground.stage.watchers) compared += await lookAs(ground, model, watcher)

  return compared
}

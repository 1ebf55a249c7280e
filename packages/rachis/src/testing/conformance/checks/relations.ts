import assert from 'assert/strict'
import type { Model } from '../../../model/model'
import type { RelationInfo } from '../../../model/models'
import { endsOf, relationsOf } from '../../../model/models'
import { mayApply, readableColumns } from '../../../rules/policy'
import type { Dice } from '../../dice'
import type { Json } from '../../wire'
import { bothWays } from '../guard'
import type { Watcher } from '../watcher'
import { findAll } from '../watcher'
import type { Check, Ground } from './ground'

const MAX_RELATED = 100
/** Types whose values are spelt alike in a record and in a filter. */
const PLAIN = ['boolean', 'integer', 'bigint']
/** What a reader finds of each resource. */
type Lists = (model: Model) => Promise<readonly Json[]>

/** What a reader finds behind a relation of a record, in its order; undefined where its key is not shown to them. */
const behind = async (row: Json, { column, by, target, through }: RelationInfo, lists: Lists): Promise<Json[] | undefined> => {
  if (!(column in row)) return undefined
  const targets = await lists(target)
  const joins = through ? (await lists(through.resource)).filter((join) => join[through.by] === row[column]) : []
  const keys = through ? new Set(joins.map((join) => join[through.to])) : [row[column]]

  return [...keys].flatMap((key) => targets.filter((one) => key !== undefined && one[by] === key))
} // prettier-ignore

/** Whether somebody reads any records at both ends, and the columns there that are compared. */
const mayFollow = (model: Model, relation: RelationInfo, user: Json | null): boolean =>
  [[model, relation.column] as const, ...endsOf(relation)].every(([end, ...columns]) => {
    const readable = readableColumns(end, user)
    return mayApply(end.rules.read, user) && columns.every((name) => readable.includes(name))
  })

/** A filter through the relation that finds some of these records, and whether one of them meets it. */
const filterOf = ({ name, target }: RelationInfo, found: readonly Json[], dice: Dice) => {
  const fields = [...target.fields.values()].filter((field) => field.enum || PLAIN.includes(field.type))
  const one = dice.pick(found)
  const shown = fields.filter((field) => one[field.name] !== undefined && one[field.name] !== null)
  const field = dice.pick(['id', ...shown.map((shownField) => shownField.name)])
  const value: unknown = one[field]

  return { query: { [`${name}.${field}`]: value }, meets: (row: Json) => row[field] === value }
}

interface Looked {
  readonly ground: Ground
  readonly watcher: Watcher
  readonly model: Model
  readonly relation: RelationInfo
  readonly lists: Lists
}

const look = async ({ ground, watcher, model, relation, lists }: Looked): Promise<number> => {
  const { name, kind } = relation
  const at = `${watcher.name}: ${model.path} with ${name}`
  const rows = await findAll(watcher.socket, model.path, { $include: [name] })
  const found = await Promise.all(rows.map((row) => behind(row, relation, lists)))
  const expected = found.map((there) => (kind === 'many' ? there?.slice(0, MAX_RELATED) : there && (there[0] ?? null))) // prettier-ignore
  assert.deepEqual(rows.map((row) => row[name] as unknown), expected, at) // prettier-ignore
  const all = found.flatMap((there) => there ?? [])
  if (all.length === 0) return 0
  const { query, meets } = filterOf(relation, all, ground.dice)
  const filtered = await findAll(watcher.socket, model.path, query)
  const ids = rows.flatMap(({ id }, index) => (found[index]?.some(meets) ? [id as unknown] : []))
  assert.deepEqual(filtered.map(({ id }) => id as unknown), ids, `${at}: ${JSON.stringify(query)}`) // prettier-ignore

  return all.length
}

const refuses = async ({ ground, watcher, model, relation: { name } }: Looked) => {
  const operation = model.operations.find((one) => one.name === 'find')!
  for (const query of [{ $include: [name] }, { [`${name}.id`]: 1 }])
    for (const { status } of await bothWays(ground.stage, watcher, { model, operation, query }))
      assert.ok([400, 401, 403].includes(status), `${watcher.name}: ${model.path} with ${name}: ${status}`)
}

/** Each list that somebody finds, asked once. */
const listsOf = ({ socket }: Watcher): Lists => {
  const known = new Map<string, Promise<readonly Json[]>>()
  return ({ path }) => known.get(path) ?? known.set(path, findAll(socket, path)).get(path)!
}

/**
 * Answers along with a record, and finds it by, what its reader finds behind its relations at the other end and, where one leads through a
 * join resource, there; and refuses whoever may read nothing at one of these.
 */
export const followsRelations: Check = async (ground) => {
  const { stage } = ground
  const isListed = (end: Model) => stage.readable.includes(end)
  let compared = 0
  for (const watcher of stage.watchers) {
    const [user, lists] = [await stage.userOf(watcher.person), listsOf(watcher)]
    for (const model of stage.readable)
      for (const relation of relationsOf(model)) {
        const looked = { ground, watcher, model, relation, lists }
        if (!mayFollow(model, relation, user)) await refuses(looked)
        else if (endsOf(relation).every(([end]) => isListed(end))) compared += await look(looked)
      }
  }

  return compared
}

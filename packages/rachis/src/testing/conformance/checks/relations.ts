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
/** What a reader finds behind a relation of each record. */
type Behind = readonly (readonly Json[] | undefined)[]
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

/** NULL, and whatever is not shown, is the greatest. */
const compared = (a: unknown, b: unknown): number => {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1

  return (a as number) < (b as number) ? -1 : 1
}

/** A field of a resource that somebody reads and whose values compare here as they do in the database; undefined where there is none. */
const comparedField = ({ fields }: Model, readable: readonly string[], dice: Dice): string | undefined => {
  const names = [...fields.values()].flatMap(({ name, type, enum: words }) =>
    PLAIN.includes(type) && !words && readable.includes(name) ? [name] : []
  )

  return names.length > 0 ? dice.pick(names) : undefined
}

interface Looked {
  readonly ground: Ground
  readonly watcher: Watcher
  readonly user: Json | null
  readonly model: Model
  readonly relation: RelationInfo
  readonly lists: Lists
}

/** Records in the order of a field of the one record that the relation leads to, as far as that is shown. */
const lookSorted = async ({ ground, watcher, user, model, relation }: Looked, rows: readonly Json[], found: Behind) => {
  const field = comparedField(relation.target, readableColumns(relation.target, user), ground.dice)
  if (relation.kind === 'many' || field === undefined) return
  const values = new Map<unknown, unknown>(rows.map(({ id }, index) => [id, found[index]?.[0]?.[field] ?? null]))
  const query = { $sort: { [`${relation.name}.${field}`]: 1 } }
  const sorted = await findAll(watcher.socket, model.path, query)
  const expected = [...values.keys()].sort((a, b) => compared(values.get(a), values.get(b)))
  assert.deepEqual(sorted.map(({ id }) => id as unknown), expected, `${watcher.name}: ${model.path}: ${JSON.stringify(query)}`)
} // prettier-ignore

const look = async (looked: Looked): Promise<number> => {
  const { ground, watcher, model, relation, lists } = looked
  const { name, kind } = relation
  const at = `${watcher.name}: ${model.path} with ${name}`
  const rows = await findAll(watcher.socket, model.path, { $include: [name] })
  const found = await Promise.all(rows.map((row) => behind(row, relation, lists)))
  const expected = found.map((there) => (kind === 'many' ? there?.slice(0, MAX_RELATED) : there && (there[0] ?? null))) // prettier-ignore
  assert.deepEqual(rows.map((row) => row[name] as unknown), expected, at) // prettier-ignore
  await lookSorted(looked, rows, found)
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
  for (const query of [{ $include: [name] }, { [`${name}.id`]: 1 }, { $sort: { [`${name}.id`]: 1 } }])
    for (const { status } of await bothWays(ground.stage, watcher, { model, operation, query }))
      assert.ok([400, 401, 403].includes(status), `${watcher.name}: ${model.path} with ${name}: ${status}`)
}

/** Each list that somebody finds, asked once. */
const listsOf = ({ socket }: Watcher): Lists => {
  const known = new Map<string, Promise<readonly Json[]>>()
  return ({ path }) => known.get(path) ?? known.set(path, findAll(socket, path)).get(path)!
}

/**
 * Answers along with a record, and finds and sorts it by, what its reader finds behind its relations at the other end and, where one leads through a
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
        const looked = { ground, watcher, user, model, relation, lists }
        if (!mayFollow(model, relation, user)) await refuses(looked)
        else if (endsOf(relation).every(([end]) => isListed(end))) compared += await look(looked)
      }
  }

  return compared
}

import { typeInfo } from '../declare/column-types'
import type { Model } from '../model/model'
import { masksOf } from './masks'
import { fieldRule, keysOfRow, keysOfUser, readableColumns } from './policy'
import type { FindParent, User } from './policy'
import { schemaMarks } from './schema-mark'
import { maySee } from './scopes'
import { sameJson } from '../util/same-json'

type Row = Readonly<Record<string, unknown>>

/** Columns that one user sees of some records only, each with the keys that such a record has one of. */
export type FieldKeys = ReadonlyMap<string, ReadonlySet<string>>

/** What one user listens to: the keys of every resource, and the columns that they see of each. */
export interface Audience {
  readonly keys: readonly string[]
  readonly columns: ReadonlyMap<string, readonly string[]>
  /** By resource, of those that have such columns for this user. */
  readonly fieldKeys: ReadonlyMap<string, FieldKeys>
  /** Marks of what is declared of the resources, which keys and columns do not show. */
  readonly schemas: ReadonlyMap<string, string>
}

/** Whether its records can be read at all, and not only what its own code answers of them. */
const isReadable = ({ operations }: Model) =>
  operations.some(({ effect, answers }) => effect === 'read' && answers === 'record')

const fieldKeysOf = (model: Model, user: User): FieldKeys =>
  new Map(
    [...masksOf(model, user).keys()].map((column) => [
      column,
      new Set(keysOfUser(model.name, fieldRule(model, column, 'read'), user))
    ])
  )

/** User → audience. The same columns come as the same array, so that receivers can be grouped by it. */
export const audienceCompiler = (models: readonly Model[]) => {
  const shared = new Map<string, readonly string[]>()
  const readable = models.filter(isReadable)
  const schemas = schemaMarks(models)

  const seenBy = (user: User) => readable.filter((model) => maySee(user, model))

  const columnsOf = (model: Model, user: User): readonly string[] => {
    const columns = readableColumns(model, user)
    const key = columns.join()
    if (!shared.has(key)) shared.set(key, columns)

    return shared.get(key)!
  }

  return (user: User): Audience => ({
    keys: seenBy(user).flatMap(({ name, rules }) => keysOfUser(name, rules.read, user)),
    columns: new Map(seenBy(user).map((model) => [model.name, columnsOf(model, user)])),
    fieldKeys: new Map(
      seenBy(user)
        .map((model) => [model.name, fieldKeysOf(model, user)] as const)
        .filter(([, keys]) => keys.size > 0)
    ),
    schemas
  })
}

/** The keys that a change of this row is delivered to. */
export const audienceOfRow = ({ name, rules }: Model, row: Row | null, find?: FindParent): string[] =>
  row ? keysOfRow(name, rules.read, row, find) : []

/** The keys of which somebody has one who is shown this column of the row. */
export const fieldKeysOfRow = (model: Model, column: string, row: Row): string[] =>
  keysOfRow(model.name, fieldRule(model, column, 'read'), row)

/** Whether two states of a record differ in times alone. */
export const changesOnlyTimes = ({ fields }: Model, before: Row, after: Row): boolean =>
  Object.keys(after)
    .filter((name) => !sameJson(before[name], after[name]))
    .map((name) => fields.get(name))
    .every((field) => field !== undefined && typeInfo(field.type).isInstant)

/** A row out of the feed's JSON in the form that a read gives. */
export const rowOfChange = ({ fields }: Model, row: Row | null): Row | null => {
  if (!row) return null
  const read = [...fields.values()].flatMap(({ name, type }): [string, unknown][] => {
    const { fromJson } = typeInfo(type)
    return fromJson ? [[name, fromJson(row[name])]] : []
  })

  return read.length === 0 ? row : { ...row, ...Object.fromEntries(read) }
}

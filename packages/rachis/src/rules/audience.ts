import { typeInfo } from '../declare/column-types'
import type { Model } from '../model/model'
import { masksOf } from './masks'
import { fieldRule, keysOfRow, keysOfUser, readableColumns } from './policy'
import type { FindParent, User } from './policy'
import { schemaMarks } from './schema-mark'
import { maySee } from './scopes'
import { grownCache } from '../util/grown-cache'
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

/** Most users have none: they all have this one. */
const NO_FIELD_KEYS: Audience['fieldKeys'] = new Map()

/** Maps that are shared: roles make a few, but everybody may choose scopes for keys of their own. */
const MOST_MAPS = 1000

/** The same lists of columns as one map, however many users have them. */
const columnMaps = () => {
  const numbers = new Map<readonly string[], number>()
  const known = grownCache<Audience['columns']>(MOST_MAPS)
  const numberOf = (columns: readonly string[]): number => {
    const number = numbers.get(columns) ?? numbers.size
    numbers.set(columns, number)

    return number
  }

  return (entries: readonly (readonly [string, readonly string[]])[]): Audience['columns'] => {
    const key = entries.map(([name, columns]) => `${name}/${numberOf(columns)}`).join()
    const map = known.get(key) ?? new Map(entries)
    known.set(key, map)

    return map
  }
}

/**
 * User → audience. The same columns come as the same array, and those of all resources as the same map, so that receivers can be grouped
 * by them.
 */
export const audienceCompiler = (models: readonly Model[]) => {
  const shared = new Map<string, readonly string[]>()
  const mapOf = columnMaps()
  const readable = models.filter(isReadable)
  const schemas = schemaMarks(models)

  const seenBy = (user: User) => readable.filter((model) => maySee(user, model))

  const columnsOf = (model: Model, user: User): readonly string[] => {
    const columns = readableColumns(model, user)
    const key = columns.join()
    if (!shared.has(key)) shared.set(key, columns)

    return shared.get(key)!
  }

  const fieldKeysBy = (seen: readonly Model[], user: User): Audience['fieldKeys'] => {
    const keys = seen
      .map((model) => [model.name, fieldKeysOf(model, user)] as const)
      .filter(([, own]) => own.size > 0)

    return keys.length > 0 ? new Map(keys) : NO_FIELD_KEYS
  }

  return (user: User): Audience => {
    const seen = seenBy(user)

    return {
      keys: seen.flatMap(({ name, rules }) => keysOfUser(name, rules.read, user)),
      columns: mapOf(seen.map((model) => [model.name, columnsOf(model, user)] as const)),
      fieldKeys: fieldKeysBy(seen, user),
      schemas
    }
  }
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

import type { Model } from '../model/model'
import { keysOfRow, keysOfUser, readableColumns } from './policy'
import type { FindParent, User } from './policy'
import { maySee } from './scopes'

type Row = Readonly<Record<string, unknown>>

/** What one user listens to: the keys of every resource, and the columns that they see of each. */
export interface Audience {
  readonly keys: readonly string[]
  readonly columns: ReadonlyMap<string, readonly string[]>
}

/** Whether its records can be read at all, and not only what its own code tells of them. */
const isReadable = ({ operations }: Model) =>
  operations.some(({ effect, answers }) => effect === 'read' && answers === 'record')

/** User → audience. The same columns come as the same array, so that receivers can be grouped by it. */
export const audienceCompiler = (models: readonly Model[]) => {
  const shared = new Map<string, readonly string[]>()
  const readable = models.filter(isReadable)

  const seenBy = (user: User) => readable.filter((model) => maySee(user, model))

  const columnsOf = (model: Model, user: User): readonly string[] => {
    const columns = readableColumns(model.fields, user)
    const key = columns.join()
    if (!shared.has(key)) shared.set(key, columns)

    return shared.get(key)!
  }

  return (user: User): Audience => ({
    keys: seenBy(user).flatMap(({ name, rules }) => keysOfUser(name, rules.read, user)),
    columns: new Map(seenBy(user).map((model) => [model.name, columnsOf(model, user)]))
  })
}

/** The keys that a change of this row is delivered to. */
export const audienceOfRow = ({ name, rules }: Model, row: Row | null, find?: FindParent): string[] =>
  row ? keysOfRow(name, rules.read, row, find) : []

const timeOf = (value: unknown) => {
  if (typeof value !== 'string') return null
  const time = new Date(value)

  return Number.isNaN(time.getTime()) ? value : time.toISOString()
}

/** Infinity and NaN, which SQL by hand may write, are texts in PostgreSQL's JSON, and null in that of a read. */
const numberOf = (value: unknown) => (typeof value === 'number' ? value : null)

const READ = new Map<string, (value: unknown) => unknown>([
  ['timestamptz(3)', timeOf],
  ['double precision', numberOf]
])

/** A row out of the feed's JSON in the form that a read gives: PostgreSQL writes times with their offset, and as few digits as do. */
export const rowOfChange = ({ fields }: Model, row: Row | null): Row | null => {
  if (!row) return null
  const others = [...fields.values()].filter(({ type }) => READ.has(type))
  if (others.length === 0) return row

  return { ...row, ...Object.fromEntries(others.map(({ name, type }) => [name, READ.get(type)!(row[name])])) }
}

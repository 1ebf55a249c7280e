import { typeInfo } from '../declare/column-types'
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

/** A row out of the feed's JSON in the form that a read gives. */
export const rowOfChange = ({ fields }: Model, row: Row | null): Row | null => {
  if (!row) return null
  const read = [...fields.values()].flatMap(({ name, type }): [string, unknown][] => {
    const { fromJson } = typeInfo(type)
    return fromJson ? [[name, fromJson(row[name])]] : []
  })

  return read.length === 0 ? row : { ...row, ...Object.fromEntries(read) }
}

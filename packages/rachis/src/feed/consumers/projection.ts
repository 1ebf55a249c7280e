import type { Audience, FieldKeys } from '../../rules/audience'
import { fieldKeysOfRow } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { Row } from '../../sql/database'

type Columns = readonly string[]

/** Lists of columns of one event: the same columns are the same list, so that receivers are grouped by it. */
export class ColumnLists {
  private readonly lists = new Map<Columns, Map<string, Columns>>()

  without(columns: Columns, hidden: Columns): Columns {
    if (hidden.length === 0) return columns
    const known = this.lists.get(columns) ?? new Map<string, Columns>()
    this.lists.set(columns, known)
    const key = hidden.join()
    if (!known.has(key)) known.set(key, columns.filter((name) => !hidden.includes(name))) // prettier-ignore

    return known.get(key)!
  }
}

/**
 * Which columns of one row its receivers are shown. The keys of the row are taken once; a receiver costs a look-up for each column that
 * they see of some records only, and no rule is asked for them.
 */
export const columnsShown = (model: Model, row: Row | null, lists: ColumnLists) => {
  const keysByColumn = new Map<string, readonly string[]>()
  const keysOf = (column: string): readonly string[] => {
    const known = keysByColumn.get(column) ?? (row ? fieldKeysOfRow(model, column, row) : [])
    keysByColumn.set(column, known)

    return known
  }
  const hiddenBy = (keys: FieldKeys): Columns =>
    [...keys.keys()].filter((column) => !keysOf(column).some((key) => keys.get(column)!.has(key)))

  return ({ columns, fieldKeys }: Audience): Columns => {
    const keys = fieldKeys.get(model.name)
    return keys ? lists.without(columns.get(model.name)!, hiddenBy(keys)) : columns.get(model.name)!
  }
}

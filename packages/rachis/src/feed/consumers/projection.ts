import type { Audience, FieldKeys } from '../../rules/audience'
import { fieldKeysOfRow } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { Row } from '../../sql/database'

type Columns = readonly string[]
/** Columns of which a rule may hide the value, with the keys of one row. */
type RowKeys = ReadonlyMap<string, readonly string[]>
export type ColumnsShown = (audience: Audience) => Columns

/** Whether both are known to be shown the same columns of every record. */
export const hasSameColumns = (one: Audience, other: Audience): boolean =>
  one.columns === other.columns && one.fieldKeys === other.fieldKeys

/** Lists of columns of one event: the same columns are the same list, so that receivers are grouped by it. */
class ColumnLists {
  private readonly lists = new Map<Columns, Map<string, Columns>>()

  without(columns: Columns, hidden: Columns): Columns {
    if (hidden.length === 0) return columns
    const known = this.lists.get(columns) ?? new Map<string, Columns>()
    this.lists.set(columns, known)
    const key = hidden.join()
    const list = known.get(key) ?? columns.filter((name) => !hidden.includes(name))
    known.set(key, list)

    return list
  }
}

const rowKeysOf = (model: Model, row: Row | null): RowKeys =>
  new Map([...model.fieldRules.keys()].map((name) => [name, row ? fieldKeysOfRow(model, name, row) : []]))

const meets = (keys: readonly string[], own: ReadonlySet<string>): boolean => {
  for (const key of keys) if (own.has(key)) return true
  return false
}

const hiddenBy = (own: FieldKeys, rowKeys: RowKeys): string[] => {
  const hidden: string[] = []
  for (const [column, keys] of own) if (!meets(rowKeys.get(column)!, keys)) hidden.push(column)

  return hidden
}

/** A receiver costs a look-up for each column that they see of some records only, and no rule is asked for them. */
const shownOf = ({ name }: Model, rowKeys: RowKeys, lists: ColumnLists): ColumnsShown => {
  return ({ columns, fieldKeys }) => {
    const own = fieldKeys.get(name)
    return own ? lists.without(columns.get(name)!, hiddenBy(own, rowKeys)) : columns.get(name)!
  }
}

const isSame = (a: RowKeys, b: RowKeys): boolean =>
  [...a].every(([column, keys]) => keys.join() === b.get(column)!.join())

/**
 * Which columns of a row, before and after a change, its receivers are shown. The keys of the two rows are taken once. Where they are the
 * same, as after most changes, both answers are one function, and need not be asked twice.
 */
export const columnsShown = (
  model: Model,
  { before, after }: { readonly before: Row | null; readonly after: Row | null }
): Readonly<Record<'before' | 'after', ColumnsShown>> => {
  const lists = new ColumnLists()
  const keys = { before: rowKeysOf(model, before), after: rowKeysOf(model, after) }
  const shownBefore = shownOf(model, keys.before, lists)

  return {
    before: shownBefore,
    after: isSame(keys.before, keys.after) ? shownBefore : shownOf(model, keys.after, lists)
  }
}

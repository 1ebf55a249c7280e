import type { ColumnType } from '../declare'
import type { RowPredicate } from '../declare/predicate'
import { resourcesIn } from '../declare/predicate'
import { quote } from '../util/quote'
import type { Binder } from './where'
import { predicateSql, shownColumn, where } from './where'

/** A column of related records, and of which of them its reader sees it. */
export interface JoinedColumn {
  readonly column: string
  readonly mask: RowPredicate
}

/** Records one step away, of which a record has one at most, and what is read of them. */
export interface JoinedRecords {
  /** The column here that refers to them. Of records that do not meet `shown` it counts as NULL. */
  readonly key: string
  readonly shown: RowPredicate
  readonly resource: string
  readonly table: string
  /** Their column that is referred to; no two of them have the same value there. */
  readonly by: string
  /** Those that the reader may read. The others count as if they were not there. */
  readonly where: RowPredicate
  readonly read: JoinedColumn | JoinedRecords
}

/** A value of a related record that a list is sorted by. */
export interface Joined {
  /** Its name in a statement: such as no column can have, and short, since PostgreSQL cuts names after 63 bytes. */
  readonly as: string
  readonly type: ColumnType
  /** Declared words, whose order is the declared one. */
  readonly words?: readonly string[]
  readonly from: JoinedRecords
}

/** By the names that a query sorts by, such as `category.name`. */
export type JoinedByName = ReadonlyMap<string, Joined>

const isColumn = (read: JoinedColumn | JoinedRecords): read is JoinedColumn => 'column' in read

/** ` left join (…) on …` */
const leftJoin = ({ key, shown, table, by, where: met, read }: JoinedRecords, as: string, binder: Binder): string => {
  const [value, referred] = [quote(as), quote(`${as}_by`)]
  const column = isColumn(read) ? `${shownColumn(read.column, read.mask, binder)} as ${value}` : value
  const deeper = isColumn(read) ? '' : leftJoin(read, as, binder)
  const records = `select ${quote(by)} as ${referred}, ${column} from ${quote(table)}${deeper}${where(met, binder)}`
  const condition = shown.kind === 'true' ? '' : `${predicateSql(shown, binder)} and `

  return ` left join (${records}) as ${quote(`${as}_of`)} on ${condition}${quote(key)} = ${referred}`
} // prettier-ignore

/** What a statement is sorted by, as far as the joined values are concerned. */
interface Sorted {
  readonly sort?: Readonly<Record<string, unknown>>
  readonly joined?: JoinedByName
}

/** Those of the joined values that the order names. */
export const joinedIn = ({ sort = {}, joined }: Sorted): Joined[] =>
  joined ? Object.keys(sort).flatMap((name) => joined.get(name) ?? []) : []

/**
 * A table with the values of related records that its rows are sorted by. They stand in tables of their own that have no other names than
 * these, so that a column of the table itself is meant wherever its name stands alone.
 *
 * @example fromTable('tasks', { sort: { 'owner.name': 1 }, joined }, binder)
 * // "tasks" left join (select "id" as "$sort0_by", "name" as "$sort0" from "users") as "$sort0_of" on "owner_id" = "$sort0_by"
 */
export const fromTable = (table: string, sorted: Sorted, binder: Binder): string =>
  quote(table) +
  joinedIn(sorted)
    .map(({ as, from }) => leftJoin(from, as, binder))
    .join('')

const recordsIn = (records: JoinedRecords): string[] => {
  const { resource, shown, where: met, read } = records
  const further = isColumn(read) ? resourcesIn(read.mask) : recordsIn(read)

  return [resource, ...[shown, met].flatMap((one) => resourcesIn(one)), ...further]
}

/** The resources whose records decide where a joined value stands in an order. */
export const joinedResources = ({ from }: Joined): string[] => recordsIn(from)

import type { ColumnType } from '../declare'
import { typeInfo } from '../declare/column-types'
import type { RowPredicate } from '../declare/predicate'
import { quote } from '../util/quote'
import type { ColumnTypes } from './where'
import { Binder, predicateSql, wideType } from './where'
import type { Statement } from './where'

/** New references must name records that their writer may read. */
export interface ReadableReference {
  readonly kind: 'reference'
  /**
   * The column of the changed record that a change compares with: what it leaves as it is, is no new reference. Only where the writer
   * may read the column, and only for records that they may read: any other comparison would reveal its value.
   */
  readonly present?: { readonly column: string; readonly restrict: RowPredicate }
  readonly keys: readonly unknown[]
  readonly target: { readonly table: string; readonly id: ColumnType }
  /** Which records may be referred to. */
  readonly restrict: RowPredicate
}
/** A value that a client may not write, but may send back as it was read. */
export interface UnchangedValue {
  readonly kind: 'unchanged'
  readonly column: string
  readonly value: unknown
  /** Which records the client may read: of any other, a comparison would reveal its value. */
  readonly restrict: RowPredicate
}
/** The record has to have one of these versions. */
export interface WantedVersion {
  readonly kind: 'version'
  readonly column: string
  /** As digits. */
  readonly versions: readonly string[]
  /** Which records the client reads: of any other it would learn the version by trying. */
  readonly restrict: RowPredicate
}
/**
 * What a write asks besides its rule. It is part of the statement that writes: a question of its own could be answered by a
 * record that is another one when the write is made, and would cost a transaction and a round trip.
 */
export type Precondition = (ReadableReference | UnchangedValue | WantedVersion) & {
  /** The error where it does not hold. */
  readonly refusal: () => Error
}

/** A value as the driver must be given it. */
export const encode = (value: unknown, type: ColumnType | undefined) => {
  const { encode: encoded } = typeInfo(type)
  return encoded && value !== null ? encoded(value) : value
}

/** One condition for all keys: how many there are changes neither the text nor the number of statements. */
const readable = ({ keys, target, restrict }: ReadableReference, binder: Binder): string => {
  const rule = predicateSql(restrict, binder)

  return `not exists (select from unnest(${binder.bind(keys)}::${target.id}[]) as "$key" ("$id") where not exists (select from ${quote(target.table)} where "id" = "$id" and (${rule})))`
}

const unchanged = ({ column, value, restrict }: UnchangedValue, types: ColumnTypes, binder: Binder) => {
  const type = types.get(column)
  const rule = predicateSql(restrict, binder)

  return `(${quote(column)} is not distinct from ${binder.bind(encode(value, type))}::${wideType(type)} and (${rule}))`
}

const ofVersion = ({ column, versions, restrict }: WantedVersion, types: ColumnTypes, binder: Binder) =>
  `(${quote(column)} = any(${binder.bind(versions)}::${types.get(column)}[]) and (${predicateSql(restrict, binder)}))`

const isPresent = (
  keys: readonly unknown[],
  { column, restrict }: NonNullable<ReadableReference['present']>,
  types: ColumnTypes,
  binder: Binder
) => {
  const isKept = `${quote(column)} = any(${binder.bind(keys)}::${types.get(column)}[])`

  return `(${isKept} and (${predicateSql(restrict, binder)}))`
}

const conditionOf = (precondition: Precondition, types: ColumnTypes, binder: Binder): string => {
  if (precondition.kind === 'unchanged') return unchanged(precondition, types, binder)
  if (precondition.kind === 'version') return ofVersion(precondition, types, binder)
  const { present } = precondition
  if (!present) return readable(precondition, binder)

  return `(${isPresent(precondition.keys, present, types, binder)} or ${readable(precondition, binder)})`
}

/** The conditions as they stand behind `where`, each led in by `joiner`. */
export const preconditionText = (
  preconditions: readonly Precondition[],
  types: ColumnTypes,
  binder: Binder
): string[] => preconditions.map((precondition) => conditionOf(precondition, types, binder))

/**
 * Which of the preconditions hold, in the columns `$0`, `$1` and so on: for the record that `from` finds, or for none.
 *
 * @example selectPreconditions([reference], types).text
 * // select not exists (select from unnest($1::bigint[]) as "$key" ("$id") where not exists (…)) as "$0"
 */
export const selectPreconditions = (
  preconditions: readonly Precondition[],
  types: ColumnTypes,
  from: (binder: Binder) => string = () => ''
): Statement => {
  const binder = new Binder()
  const columns = preconditionText(preconditions, types, binder).map(
    (text, index) => `${text} as "$${index}"`
  )

  return { text: `select ${columns.join(', ')}${from(binder)}`, values: binder.values }
}

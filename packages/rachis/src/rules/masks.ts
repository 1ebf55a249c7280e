import type { Masks, RowPredicate } from '../declare/predicate'
import { columnsOf, TRUE } from '../declare/predicate'
import type { Model } from '../model/model'
import type { MemoryPredicate, Row } from './memory'
import { holds, inMemory } from './memory'
import { planned } from './plans'
import { restrictionOf } from './user'

/** Masks that can be asked of rows in memory, as those of all field rules can. */
export type RowMasks = Masks<MemoryPredicate>

/** Of somebody who may read all that they may read at all, such as the server itself. */
export const NO_MASKS: RowMasks = new Map()

/**
 * The columns that this user may read of some records only, with what is asked of those. A column that they may read of all records, or
 * of none, has no mask.
 *
 * @example masksOf(users, { id: 7 }) // of { email: { read: { id: $user.id } } }: email → id in [7]
 * @throws Error for a rule that has no reading in memory
 */
export const masksOf = planned(({ fieldRules }: Pick<Model, 'fieldRules'>, user): RowMasks => {
  if (fieldRules.size === 0) return NO_MASKS
  const restricted = [...fieldRules.values()].map(
    ({ name, read }) => [name, restrictionOf(read, user)] as const
  )
  const partial = restricted.filter(([, { kind }]) => kind !== 'true' && kind !== 'false')

  return partial.length === 0 ? NO_MASKS : new Map(partial.map(([name, mask]) => [name, inMemory(mask)]))
})

/** What has to hold of a record for a column to be read. */
export const maskOf = (masks: Masks, column: string): RowPredicate => masks.get(column) ?? TRUE

/** Whether a column of this row is shown. */
export const isShown = (masks: RowMasks, column: string, row: Row): boolean => {
  const mask = masks.get(column)
  return mask === undefined || holds(mask, row)
}

/** The columns that have to be read to know which of these are shown, themselves included. */
export const withMaskColumns = (columns: readonly string[], masks: Masks): readonly string[] => {
  if (masks.size === 0) return columns
  const asked = columns.flatMap((name) => columnsOf(maskOf(masks, name)))

  return [...new Set([...columns, ...asked])]
}

/** A row with those of the columns that it has and that are shown of it; the others are left out. */
export const shownOf = (row: Row, columns: readonly string[], masks: RowMasks): Record<string, unknown> => {
  const shown: Record<string, unknown> = {}
  for (const name of columns) if (name in row && isShown(masks, name, row)) shown[name] = row[name]

  return shown
}

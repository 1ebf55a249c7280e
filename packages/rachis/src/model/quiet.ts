import type { FieldInfo } from '../declare'

/** Whether not every reader of a record sees this column. What is removed is gone for all of them. */
const isQuiet = ({ name, hidden, read }: FieldInfo): boolean =>
  (hidden && name !== 'deleted_at') || read !== true

/**
 * Columns of which a change moves neither `updated_at` nor `version`, which every reader sees: it would tell that something changed that
 * they may not see.
 */
export const quietColumns = (fields: readonly FieldInfo[]): string[] =>
  fields.filter(isQuiet).map(({ name }) => name)

/**
 * Whether somebody who reads these columns sees more of a record than every reader does, so that its version does not say all that changed
 * for them.
 *
 * @example seesQuiet([id, cost])(['id', 'cost']) // true, where a rule says who may read cost
 */
export const seesQuiet = (fields: readonly FieldInfo[]): ((columns: readonly string[]) => boolean) => {
  const quiet = new Set(quietColumns(fields))

  return (columns) => columns.some((name) => quiet.has(name))
}

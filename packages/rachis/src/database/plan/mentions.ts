import { wordsOf } from '../../declare/sql'
import type { Constraint, Index, TableColumn } from '../../model/table'
import { quote } from '../../util/quote'

/** Whether a part of a table asks for one of these columns. */
export type Mentions = (names: ReadonlySet<string>) => boolean

export const ofConstraint =
  ({ fields }: Constraint): Mentions =>
  (names) =>
    fields.some((field) => names.has(field))
export const ofIndex =
  ({ sql }: Index): Mentions =>
  (names) =>
    [...names].some((name) => sql.includes(quote(name)))
export const ofColumn =
  ({ generated = '' }: TableColumn): Mentions =>
  (names) =>
    wordsOf(generated).some((word) => names.has(word))

export const namesOf = (items: readonly { readonly name: string }[]): string[] =>
  items.map(({ name }) => name)

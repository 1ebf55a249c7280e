import type { RowPredicate } from '../declare/predicate'
import { FALSE } from '../declare/predicate'
import type { Model } from '../model/model'
import type { RowMasks } from './masks'
import { maskOf, masksOf } from './masks'
import { readableColumns } from './policy'
import { maySee, sightOf } from './scopes'
import { sameJson } from '../util/same-json'
import type { User } from './user'

/** Which records somebody sees, which columns at all, and which of those of some records only. */
export interface Sight {
  readonly rows: RowPredicate
  readonly columns: readonly string[]
  readonly masks: RowMasks
}

export const sightBy = (model: Model, user: User): Sight => ({
  rows: sightOf(model, user),
  columns: maySee(user, model) ? readableColumns(model, user) : [],
  masks: masksOf(model, user)
})

const conditionOf = ({ columns, masks }: Sight, name: string): RowPredicate =>
  columns.includes(name) ? maskOf(masks, name) : FALSE

/** Of which records a column is shown before and after a change of rights, for each column where that is not the same. */
export const changedColumns = (before: Sight, after: Sight): [RowPredicate, RowPredicate][] => {
  const names = [...new Set([...before.columns, ...after.columns])]
  const pairs = names.map((name): [RowPredicate, RowPredicate] => [
    conditionOf(before, name),
    conditionOf(after, name)
  ])

  return pairs.filter(([old, now]) => !sameJson(old, now))
}

const alternatives = (predicate: RowPredicate): readonly RowPredicate[] =>
  predicate.kind === 'or' ? predicate.any : [predicate]

/** Whether one condition holds wherever another does, as far as that shows without asking the database. */
export const includes = (one: RowPredicate, other: RowPredicate): boolean =>
  one.kind === 'true' ||
  alternatives(other).every((each) => alternatives(one).some((own) => sameJson(own, each)))

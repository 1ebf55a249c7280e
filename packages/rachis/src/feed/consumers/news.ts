import type { Model } from '../../model/model'
import { audienceOfRow, rowOfChange } from '../../rules/audience'
import type { FindParent } from '../../rules/policy'
import type { Change } from '../change'
import type { Ancestry } from '../parents'
import type { Row } from '../../sql/database'
import type { Rows } from './packets'

/** Who saw a record before a change, and who sees it after it. */
export interface Visibility {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** What is told of a change. */
export interface Delivery {
  readonly model: Model
  readonly change: Change
  readonly rows: Rows
  readonly visibility: Visibility
  /** It follows a record that changed hands: only whose sight that changed is told. */
  readonly isMove?: boolean
}

/** What needs no reading to be told is looked at when it is told: often nobody listens to it then. */
export type Prepared = OwnNews | { readonly change: Change }
export interface OwnNews extends Delivery {
  readonly find: Ripple['find']
  readonly relatives: Ancestry
}
/** What the followers of a record are told by, where it changed hands. */
export interface Ripple {
  readonly change: Change
  readonly relatives: Ancestry
  readonly find: Readonly<Record<'before' | 'after', FindParent>>
  /** Whoever follows by two ways is told once. */
  readonly moved: Set<string>
}

/** A change with who saw its record before and sees it after it; none where its resource is not declared any more. */
export const newsOf = (
  models: ReadonlyMap<string, Model>,
  change: Change,
  relatives: Ancestry
): OwnNews[] => {
  const model = models.get(change.resource)
  if (!model) return []
  const [before, after] = [rowOfChange(model, change.before), rowOfChange(model, change.after)]
  const find = { before: relatives.at(change.id - 1), after: relatives.at(change.id) }
  const visibility = {
    before: audienceOfRow(model, before, find.before),
    after: audienceOfRow(model, after, find.after)
  }

  return [{ model, change, rows: { before, after }, find, visibility, relatives }]
}

/** What a change of a record is to one that follows it, whose row stays as it is. */
export const newsOfFollower = (
  model: Model,
  row: Row,
  { change, find }: Pick<Ripple, 'change' | 'find'>
): Delivery => ({
  model,
  change: { ...change, event: 'patched', action: null },
  rows: { before: row, after: row },
  visibility: {
    before: audienceOfRow(model, row, find.before),
    after: audienceOfRow(model, row, find.after)
  },
  isMove: true
})

export const isMoved = ({ before, after }: Visibility): boolean => before.join() !== after.join()

/** Also of records that are only being created: one statement may bring their followers first. */
export const loadFollowers = async (news: readonly Delivery[], relatives: Ancestry) => {
  const moved = news.filter(({ visibility }) => isMoved(visibility))
  for (const name of new Set(moved.map(({ model }) => model.name))) {
    const ids = moved.filter(({ model }) => model.name === name).map(({ change }) => change.record_id)
    await relatives.loadFollowers(name, [...new Set(ids)])
  }
}

/** Those for which it holds, and the others. */
export const partition = <T>(all: readonly T[], holds: (one: T) => boolean): [T[], T[]] => [
  all.filter(holds),
  all.filter((one) => !holds(one))
]

import type { Model } from './model'
import { isParentTerm } from '../resource'
import type { Parent, User } from './policy'
import { allows, parentsOf, readableColumns } from './policy'
import { rowOfChange } from './audience'
import { recordedId } from './recorded-id'

type Row = Record<string, unknown>
/** A row of the change feed. */
interface ChangeRow {
  readonly id: number
  readonly event: string
  readonly action: string | null
  readonly before: Row | null
  readonly after: Row | null
  readonly user_id: string | null
  readonly impersonator_id: string | null
  readonly created_at: string
}
/** One entry of a record's history, as its reader may see it. */
export interface HistoryEntry {
  readonly position: number
  readonly event: string
  readonly action: string | null
  /** Who did it: told to administrators, and to himself. */
  readonly user_id: number | string | null
  /** The administrator who acted as that user; told to the same. */
  readonly impersonator_id: number | string | null
  readonly at: string
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)

/** What one reader sees of one change: by the same rule and columns as events, so that hidden values stay hidden in the past. */
const entryOf = (model: Model, user: User, isTrusted: boolean) => {
  const columns = isTrusted ? model.visible : readableColumns(model.fields, user)
  const sees = (row: Row | null) => (row && (isTrusted || allows(model.rules.read, user, row)) ? row : null)
  const { role, id } = (user ?? {}) as { role?: string; id?: unknown }
  const userId = (recorded: string | null) => recordedId(model.other('users'), recorded)

  return (change: ChangeRow): HistoryEntry | undefined => {
    const [before, after] = [sees(rowOfChange(model, change.before)), sees(rowOfChange(model, change.after))]
    if (!before && !after) return undefined
    const changed = columns.filter((name) => differs(before?.[name] ?? null, after?.[name] ?? null))
    const isTold = isTrusted || role === 'admin' || (id !== undefined && String(id) === change.user_id)

    return {
      position: change.id,
      event: !before ? 'created' : !after ? 'removed' : change.event,
      action: change.action,
      user_id: isTold ? userId(change.user_id) : null,
      impersonator_id: isTold ? userId(change.impersonator_id) : null,
      at: change.created_at,
      changes: Object.fromEntries(
        changed.map((name) => [name, { from: before?.[name] ?? null, to: after?.[name] ?? null }])
      )
    }
  }
}

/**
 * The rule with its parents named by their ids: those that the rows point at and that this reader may read now. What he could
 * read of them then, nobody knows any more.
 */
export const parentsNamed = async (
  rule: Model['rules']['read'],
  changes: readonly Pick<ChangeRow, 'before' | 'after'>[],
  readable: (parent: Parent, ids: readonly unknown[]) => Promise<readonly unknown[]>
): Promise<Model['rules']['read']> => {
  const rows = changes.flatMap(({ before, after }) => [before, after])
  const named = parentsOf(rule).map(async ({ column, parent }) => {
    const ids = new Set(rows.map((row) => row?.[column] ?? null).filter((id) => id !== null))
    return [column, { $in: await readable(parent, [...ids]) }] as const
  })
  const terms = new Map(await Promise.all(named))
  const nameIn = ([column, term]: [string, unknown]) => [
    column,
    isParentTerm(term) ? terms.get(column) : term
  ]

  return terms.size === 0
    ? rule
    : rule.map((clause) => Object.fromEntries(Object.entries(clause).map(nameIn)))
}

/** The changes of one record, newest first, as this reader may see them. */
export const historyOf = (
  model: Model,
  changes: readonly ChangeRow[],
  user: User,
  isTrusted: boolean
): HistoryEntry[] => changes.map(entryOf(model, user, isTrusted)).filter((entry) => entry !== undefined)

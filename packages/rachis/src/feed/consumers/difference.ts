import type { Audience } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { User } from '../../rules/policy'
import { sightOf } from '../../rules/scopes'
import type { Database, Row } from '../../sql/database'
import type { Target } from '../../sql/target'
import { selectCompared } from '../../sql/statements'

/** Beyond this many records a client fetches anew faster than it is told one by one. */
const MAX_DIFFERENCE = 1000

/** Somebody as whom records are seen. */
export interface Viewer {
  readonly user: User
  readonly audience: Audience
}
export type Delivery = readonly [event: string, rows: readonly Row[]]
export interface DifferenceOptions {
  readonly database: Database
  readonly targets: ReadonlyMap<string, Target>
}

const pick = (rows: readonly Row[], columns: readonly string[]): Row[] =>
  rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])))

/**
 * What a change of rights means for one resource: `removed` for what was lost, `created` for what was gained, `patched` where
 * other columns are seen now, and `reset` where that is too much to tell, or the table cannot be read now.
 */
export const difference = (
  options: DifferenceOptions,
  model: Model,
  from: Viewer,
  to: Viewer
): Promise<readonly Delivery[]> => compared(options, model, from, to).catch(() => RESET)

const RESET: readonly Delivery[] = [['reset', [{}]]]

const compared = async (
  { database, targets }: DifferenceOptions,
  model: Model,
  from: Viewer,
  to: Viewer
): Promise<readonly Delivery[]> => {
  const [before, after] = [sightOf(model, from.user), sightOf(model, to.user)]
  const columns = to.audience.columns.get(model.name) ?? []
  const sameColumns = columns === from.audience.columns.get(model.name)
  if (JSON.stringify(before) === JSON.stringify(after) && sameColumns) return []
  const rows = (finds: typeof before, other: typeof before, both: boolean) =>
    finds.kind === 'false'
      ? Promise.resolve([])
      : database.query(selectCompared(targets.get(model.name)!, finds, other, both, MAX_DIFFERENCE + 1))
  const lost = await rows(before, after, false)
  const gained = await rows(after, before, false)
  const kept = sameColumns ? [] : await rows(after, before, true)
  if ([lost, gained, kept].some(({ length }) => length > MAX_DIFFERENCE)) return RESET

  // What is lost may have been changed since it was last seen: its id is all that may still be told.
  return [['removed', lost.map(({ id }) => ({ id }))], ['created', pick(gained, columns)], ['patched', pick(kept, columns)]] // prettier-ignore
}

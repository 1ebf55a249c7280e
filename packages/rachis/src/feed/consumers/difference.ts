import type { Audience } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { User } from '../../rules/policy'
import { shownOf } from '../../rules/masks'
import type { Sight } from '../../rules/sight'
import { changedColumns, sightBy } from '../../rules/sight'
import type { Database, Row } from '../../sql/database'
import type { Target } from '../../sql/target'
import { sameJson } from '../../util/same-json'
import { selectCompared } from '../../sql/statements'

/** Above this many records a client fetches the list faster than it receives them one by one. */
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

/**
 * What a change of rights means for one resource: `removed` for what was lost, `created` for what was gained, `patched` for the
 * records of which other columns are seen now, and `reset` where that is too much to send, or the table cannot be read now.
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
  const [before, after] = [sightBy(model, from.user), sightBy(model, to.user)]
  const changed = changedColumns(before, after)
  if (sameJson(before.rows, after.rows) && changed.length === 0) return []
  const target = targets.get(model.name)!
  const rows = (finds: Sight['rows'], other: Sight['rows'], both: boolean, pairs?: typeof changed) =>
    finds.kind === 'false'
      ? Promise.resolve([])
      : database.query(selectCompared(target, finds, other, both, MAX_DIFFERENCE + 1, pairs))
  const lost = await rows(before.rows, after.rows, false)
  const gained = await rows(after.rows, before.rows, false)
  const kept = changed.length === 0 ? [] : await rows(after.rows, before.rows, true, changed)
  if ([lost, gained, kept].some(({ length }) => length > MAX_DIFFERENCE)) return RESET
  const shown = (some: readonly Row[]) => some.map((row) => shownOf(row, after.columns, after.masks))

  // What is lost may have been changed since it was last seen: only its id may still be sent.
  return [
    ['removed', lost.map(({ id }) => ({ id }))],
    ['created', shown(gained)],
    ['patched', shown(kept)]
  ]
}

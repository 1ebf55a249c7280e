import type { Audience } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { User } from '../../rules/policy'
import { shownOf } from '../../rules/masks'
import type { Sight } from '../../rules/sight'
import { changedColumns, includes, sightBy } from '../../rules/sight'
import type { Database, Row } from '../../sql/database'
import type { Target } from '../../sql/target'
import { sameJson } from '../../util/same-json'
import { selectCompared } from '../../sql/compared'
import type { Countable } from './counts'
import { countable, Counts } from './counts'

/** Above this many records a client fetches the list faster than it receives them one by one. */
const MAX_DIFFERENCE = 1000

/** Somebody as whom records are seen. */
export interface Viewer {
  readonly user: User
  readonly audience: Audience
}
/** A record as it is, and what of it is told. */
export interface Compared {
  readonly row: Row
  readonly data: Row
}
export type Delivery = readonly [event: string, records: readonly Compared[]]
export interface DifferenceOptions {
  readonly database: Database
  readonly targets: ReadonlyMap<string, Target>
  /** Has counted what is to be looked for. */
  readonly counts: Counts
}
interface Part extends Countable {
  readonly model: Model
  readonly event: 'removed' | 'created' | 'patched'
}
/** What has to be looked for where somebody's rights change. */
export interface Plan {
  readonly models: readonly Model[]
  readonly parts: readonly Part[]
  readonly to: Viewer
}

const RESET: readonly Delivery[] = [['reset', [{ row: {}, data: {} }]]]

/** What has to be looked for in one resource; nothing where the two see the same. */
const partsOf = (targets: DifferenceOptions['targets'], model: Model, from: Viewer, to: Viewer): Part[] => {
  const [before, after] = [sightBy(model, from.user), sightBy(model, to.user)]
  const changed = changedColumns(before, after)
  if (sameJson(before.rows, after.rows) && changed.length === 0) return []
  const target = targets.get(model.name)!
  const part = (
    event: Part['event'],
    finds: Sight['rows'],
    other: Sight['rows'],
    pairs: Part['pairs'] = []
  ) => {
    const both = event === 'patched'
    if (finds.kind === 'false' || (!both && includes(other, finds))) return []

    return [countable({ model, event, target, finds, other, both, pairs })]
  }

  return [
    ...part('removed', before.rows, after.rows),
    ...part('created', after.rows, before.rows),
    ...(changed.length === 0 ? [] : part('patched', after.rows, before.rows, changed))
  ]
}

/** What has to be looked for in the resources of which somebody saw some by the former rights, or sees some by the new ones. */
export const planOf = (
  { models: all, targets }: Pick<DifferenceOptions, 'targets'> & { readonly models: readonly Model[] },
  from: Viewer,
  to: Viewer
): Plan => {
  const models = all.filter(({ name }) => [from, to].some(({ audience }) => audience.columns.has(name)))

  return { models, parts: models.flatMap((model) => partsOf(targets, model, from, to)), to }
}

/** Counts what has to be looked for, of which most is nothing or too much to be sent. */
export const countsFor = (database: Database): Counts => new Counts(database, MAX_DIFFERENCE + 1)

const rowsOf = async ({ database }: DifferenceOptions, part: Part, { user }: Viewer): Promise<Delivery> => {
  const { model, event, target, finds, other, both, pairs } = part
  const limit = MAX_DIFFERENCE + 1
  const rows = await database.query(selectCompared(target, finds, other, both, limit, pairs))
  const { columns, masks } = sightBy(model, user)
  // What is lost may have been changed since it was last seen: only its id may still be sent.
  const shown = (row: Row) => (event === 'removed' ? { id: row.id } : shownOf(row, columns, masks))

  return [event, rows.map((row) => ({ row, data: shown(row) }))]
}

const isTooMuch = (count: number | undefined): boolean => count !== undefined && count > MAX_DIFFERENCE

/** What is to be told of one resource. A part of which it is not known how many rows it has is read. */
const deliveries = async (
  options: DifferenceOptions,
  parts: readonly Part[],
  to: Viewer
): Promise<readonly Delivery[]> => {
  const { counts } = options
  if (parts.some((part) => isTooMuch(counts.of(part)))) return RESET
  const told: Delivery[] = []
  for (const part of parts) if (counts.of(part) !== 0) told.push(await rowsOf(options, part, to))

  return told.some(([, rows]) => rows.length > MAX_DIFFERENCE) ? RESET : told
}

/**
 * What a change of rights means, resource by resource: `removed` for what was lost, `created` for what was gained, `patched` for the
 * records of which other columns are seen now, and `reset` where that is too much to send, or the table cannot be read now.
 */
export async function* differences(
  options: DifferenceOptions,
  { models, parts, to }: Plan
): AsyncGenerator<readonly [Model, readonly Delivery[]]> {
  for (const model of models) {
    const own = parts.filter((part) => part.model === model)
    yield [model, await deliveries(options, own, to).catch(() => RESET)]
  }
}

import type { Audience } from '../../compilers/audience'
import type { Model } from '../../compilers/model'
import type { User } from '../../compilers/policy'
import { toQuery } from '../../compilers/policy'
import type { Database, Row } from '../../compilers/service'
import type { Target } from '../../compilers/statements'
import { selectCompared } from '../../compilers/statements'
import type { Emit, Realtime, Subscriber } from './realtime'

/** Beyond this many records a client fetches anew faster than it is told one by one. */
const MAX_DIFFERENCE = 1000

export interface RightsOptions {
  readonly models: readonly Model[]
  readonly targets: ReadonlyMap<string, Target>
  readonly database: Database
  readonly realtime: Realtime
  readonly emit: Emit
  readonly position: () => number
}
interface Sight {
  readonly user: User
  readonly audience: Audience
}
type Told = readonly [event: string, rows: readonly Row[]]

/**
 * Tells a connection what a change of its user's rights changed in what it may see: `removed` for what it lost, `created` for
 * what it gained, `patched` where it now sees other columns, and `reset` where that is too much to tell.
 */
export const changeRights = (options: RightsOptions) => async (subscriber: Subscriber, from: Sight, to: Sight) => {
  const { realtime, database, models, emit } = options
  const [row] = await database.query({ text: 'select coalesce(max(id), 0) as position from changes', values: [] })
  realtime.change(subscriber, to.audience, Number(row!.position))
  const meta = { position: options.position() }
  for (const model of models.filter(({ name }) => from.audience.columns.has(name))) {
    for (const [event, rows] of await difference(options, model, from, to)) {
      for (const data of rows) emit([subscriber.id], `${model.path} ${event}`, data, meta)
    }
  }
}

const pick = (rows: readonly Row[], columns: readonly string[]): Row[] =>
  rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])))

const difference = async ({ database, targets }: RightsOptions, model: Model, from: Sight, to: Sight): Promise<Told[]> => {
  const [before, after] = [toQuery(model.rules.read, from.user), toQuery(model.rules.read, to.user)]
  const columns = to.audience.columns.get(model.name)!
  const sameColumns = columns === from.audience.columns.get(model.name)
  if (JSON.stringify(before) === JSON.stringify(after) && sameColumns) return []
  const rows = (finds: typeof before, other: typeof before, both: boolean) =>
    finds === false ? Promise.resolve([]) : database.query(selectCompared(targets.get(model.name)!, finds, other, both, MAX_DIFFERENCE + 1))
  const lost = await rows(before, after, false)
  const gained = await rows(after, before, false)
  const kept = sameColumns ? [] : await rows(after, before, true)
  if ([lost, gained, kept].some(({ length }) => length > MAX_DIFFERENCE)) return [['reset', [{}]]]

  // What is lost may have been changed since it was last seen: its id is all that may still be told.
  return [['removed', lost.map(({ id }) => ({ id }))], ['created', pick(gained, columns)], ['patched', pick(kept, columns)]] // prettier-ignore
}

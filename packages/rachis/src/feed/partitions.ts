import { setTimeout as pause } from 'timers/promises'
import type { Model } from '../model/model'
import type { Database } from '../sql/database'

/**
 * Attempts to get a lock that others hold, and milliseconds in between. Making partitions holds up no writer. Each attempt to drop one holds up
 * writers for a fifth of a second at most, a tenth for each of two tables: so for a second in all, in shares at least half a second apart.
 */
const ATTEMPTS = { most: 5, pause: 500 }
const LOCK_NOT_AVAILABLE = '55P03'
/** Ids that are left, below which it is time to look after it: partitions are made when there are fewer than four times as many. */
const LOW = 2_000_000

/** A part of the table of changes: a range of ids, of audited resources or of the others. */
export interface Partition {
  /** As SQL writes it. */
  readonly name: string
  readonly isAudited: boolean
  readonly from: number
  /** The id that it ends before. */
  readonly to: number
  /** Whether every id of it was given out. */
  readonly isFull: boolean
}

const PARTITIONS = `
select part.*, part."to" <= s.last_value as "isFull"
from (
  select c.oid::regclass::text as name, i.inhparent = 'changes_audited'::regclass as "isAudited",
    coalesce(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM .''([0-9]+)')::bigint, 0) as "from",
    substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [^0-9]*([0-9]+)')::bigint as "to"
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent in ('changes_recent'::regclass, 'changes_audited'::regclass)
) part cross join changes_id_seq s
order by part."to"`

/** The partitions that there are, in the order of their ids. */
export const partitionsOf = async (database: Database): Promise<Partition[]> =>
  (await database.query({ text: PARTITIONS, values: [] })).map((row) => ({
    ...(row as unknown as Partition),
    from: Number(row.from),
    to: Number(row.to)
  }))

/** Gives way to whoever holds a lock, and tries again; after the last attempt it throws what PostgreSQL says. */
export const retryOnLock = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE || attempt === ATTEMPTS.most) throw error
      await pause(ATTEMPTS.pause, undefined, { ref: false })
    }
  }
}

/** Tells the trigger whose changes belong to those that are kept for longer. Resources that are not declared here stay as they are. */
const markAudited = async (database: Database, models: readonly Model[]): Promise<void> => {
  const namesOf = (isAudited: boolean) =>
    models.filter(({ audited }) => !!audited === isAudited).map(({ name }) => name)
  await database.query({ text: 'select mark_audited($1, $2)', values: [namesOf(true), namesOf(false)] })
}

/**
 * Sees to it that there are partitions for the next ids: a change that fits into none would fail together with the write that made it.
 * Every process does; of several at once one makes them.
 */
export class Partitions {
  private end = Infinity

  constructor(
    private readonly database: Database,
    private readonly models: readonly Model[]
  ) {}

  async start(): Promise<void> {
    await markAudited(this.database, this.models)
    await this.extend()
  }

  /** Makes those that are missing. Writers do not wait for it. */
  async extend(): Promise<void> {
    await retryOnLock(() => this.database.query({ text: 'select extend_changes()', values: [] }))
    const ends = new Map<boolean, number>()
    for (const { isAudited, to } of await partitionsOf(this.database)) ends.set(isAudited, to)
    this.end = Math.min(...ends.values())
  }

  /** How many changes have a place behind this id, and whether these are low in number. */
  behind(id: number): { readonly left: number; readonly isLow: boolean } {
    const left = Math.max(0, this.end - 1 - id)
    return { left, isLow: left < LOW }
  }
}

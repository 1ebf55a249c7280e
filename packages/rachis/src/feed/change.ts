import type { ChangeEvent } from '../model/events'
import type { Row } from '../sql/database'

/** One committed change of one record. */
export interface Change {
  /** Its position in the feed. */
  readonly id: number
  readonly resource: string
  readonly record_id: string
  readonly event: ChangeEvent
  /** Name of the action, transition or restore that made it. */
  readonly action: string | null
  readonly before: Row | null
  readonly after: Row | null
  readonly user_id: string | null
  readonly trace_id: string | null
  /** Id of the transaction that made it, as a text; null for changes of before there was such a column. */
  readonly xid: string | null
  /** When it was written, in milliseconds since 1970 by the clock of the database. */
  readonly at?: number
  /** Characters of its rows as text, where they were read as such. */
  readonly size?: number
}

/** The rows come as text: most changes are of no concern to anybody here, and then they are not parsed. */
export const CHANGE_COLUMNS =
  'id, resource, record_id, event, action, before::text as before, after::text as after, (extract(epoch from created_at) * 1000)::float8 as at, user_id, trace_id, xid::text as xid'

/** A change as it was read, with its rows as text: plain data, which other processes can be sent. */
export type StoredChange = Omit<Change, 'before' | 'after'> &
  Readonly<Record<'before' | 'after', string | null>>

/** Parsed when it is asked for, and kept for no longer than somebody has it: the text is a fraction of it. */
const parsed = (text: string | null) => {
  if (text === null) return () => null
  let known: WeakRef<Row> | undefined

  return () => {
    const found = known?.deref()
    if (found) return found
    const row = JSON.parse(text) as Row
    known = new WeakRef(row)

    return row
  }
}

/** A row of the table, without what else was read beside it. */
export const storedChange = (row: Row): StoredChange => {
  const { id, resource, record_id, event, action, before, after, at, user_id, trace_id, xid } =
    row as unknown as StoredChange
  const size = (before?.length ?? 0) + (after?.length ?? 0)

  return { id, resource, record_id, event, action, before, after, at, user_id, trace_id, xid, size }
}

/** A change that was read, with its rows parsed when they are asked for. */
export const parsedChange = (stored: StoredChange): Change => {
  const { id, resource, record_id, event, action, at, user_id, trace_id, xid, size } = stored
  const [before, after] = [parsed(stored.before), parsed(stored.after)]

  return {
    id,
    resource,
    record_id,
    event,
    action,
    get before() {
      return before()
    },
    get after() {
      return after()
    },
    at,
    user_id,
    trace_id,
    xid,
    size
  }
}

/** A row of the table as a change. */
export const changeOf = (row: Row): Change => parsedChange(storedChange(row))

/** The users whose rights a change may have changed, by their ids or as records. */
export type Affected = (change: Change) => readonly string[]

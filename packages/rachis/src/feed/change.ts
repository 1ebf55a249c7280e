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
}

/** The rows come as text: most changes are of no concern to anybody here, and then they are not parsed. */
export const CHANGE_COLUMNS =
  'id, resource, record_id, event, action, before::text as before, after::text as after, user_id, trace_id'

type StoredChange = Omit<Change, 'before' | 'after'> & Readonly<Record<'before' | 'after', string | null>>

const parsed = (text: string | null) => {
  let row: Row | null | undefined

  return () => (row === undefined ? (row = text === null ? null : (JSON.parse(text) as Row)) : row)
}

/** A row of the table as a change. */
export const changeOf = (row: Row): Change => {
  const { id, resource, record_id, event, action, user_id, trace_id, ...rows } =
    row as unknown as StoredChange
  const [before, after] = [parsed(rows.before), parsed(rows.after)]

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
    user_id,
    trace_id
  }
}

/** The users whose rights a change may have changed, by their ids or as records. */
export type Affected = (change: Change) => readonly string[]

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

export const CHANGE_COLUMNS = 'id, resource, record_id, event, action, before, after, user_id, trace_id'

export const changeOf = ({
  xmin: _xmin,
  epoch: _epoch,
  last: _last,
  horizon: _horizon,
  ...row
}: Row): Change => row as unknown as Change

/** The users whose rights a change may have changed, by their ids or as records. */
export type Affected = (change: Change) => readonly string[]

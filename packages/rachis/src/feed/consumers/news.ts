import type { Model } from '../../model/model'
import type { Row } from '../../sql/database'
import type { Change } from '../change'
import type { Rows } from './packets'

/** Sends one event to several connections; it is serialised once for all of them. */
export type Emit = (ids: readonly string[], event: string, data: Row, meta: { position: number }) => void

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

export const isMoved = ({ before, after }: Visibility): boolean => before.join() !== after.join()

import type { Model } from '../../model/model'
import type { Change } from '../change'
import type { Rows } from './packets'

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

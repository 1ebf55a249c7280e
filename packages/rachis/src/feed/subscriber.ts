import type { Audience } from '../rules/audience'

/** One connection, and what its user may see. */
export interface Subscriber {
  readonly id: string
  audience: Audience
}

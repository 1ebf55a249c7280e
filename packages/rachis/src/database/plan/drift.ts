import type { Knex } from 'knex'
import type { Table } from '../../model/table'
import type { Plan } from './plan'
import { planOf } from './plan'
import { introspect } from './introspect'

/** How a database differs from where its migrations end. */
export interface Drift extends Pick<Plan, 'steps' | 'refused'> {
  /** Tables without the triggers that write their changes into the feed. */
  readonly unheard: readonly string[]
}

export const isNone = ({ steps, refused, unheard }: Drift): boolean =>
  steps.length + refused.length + unheard.length === 0

const ANYTHING = { has: () => true }

/**
 * What would have to be done to a database so that it is as its migrations have made it: nothing, unless somebody has changed it by hand.
 *
 * @param expected the tables as the migrations end
 */
export const driftOf = async (knex: Knex, expected: readonly Table[]): Promise<Drift> => {
  const { tables, unheard } = await introspect(knex, expected)
  const { steps, refused } = planOf(tables, expected, { drop: ANYTHING, narrow: ANYTHING })

  return { steps, refused, unheard }
}

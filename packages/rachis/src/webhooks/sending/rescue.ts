import type { Knex } from 'knex'
import { forgetClaims } from './claims'
import { lockEndpoints, promote } from './queue'

/** Endpoints with a delivery that waits, as where they were ordered before and are not any more. */
const WAITING = `select distinct endpoint_id from webhook_deliveries where state = 'waiting' and updated_at < now() - interval '10 minutes'`

/** Makes due what waits for nothing any more, and removes claims of what is gone. */
export const rescueDeliveries = async (knex: Knex): Promise<void> => {
  await forgetClaims(knex)
  const { rows } = await knex.raw<{ rows: { endpoint_id: number }[] }>(WAITING)
  const ids = rows.map(({ endpoint_id }) => endpoint_id)
  await lockEndpoints(knex, ids)
  for (const id of ids) await promote(knex, id)
}

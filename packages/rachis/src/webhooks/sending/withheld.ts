import type { Knex } from 'knex'
import type { ModuleContext } from '../../module'
import type { Endpoint } from './delivery'
import { queueResets } from './resets'

/** Notes that an endpoint is sent nothing, since its owner cannot sign in, or may not have endpoints. */
export const withhold = async (
  knex: Knex,
  endpoints: readonly Pick<Endpoint, 'id' | 'withheld_since'>[]
): Promise<void> => {
  const ids = endpoints.filter(({ withheld_since }) => withheld_since === null).map(({ id }) => id)
  if (ids.length === 0) return
  const now = new Date()
  const found = knex('webhook_endpoints').whereIn('id', ids).whereNull('withheld_since')
  await found.update({ withheld_since: now, updated_at: now })
}

/** Notes that it is sent everything again, and tells it that it was not: it has to read anew what it has missed. */
export const sendAgain = async ({ app, knex }: ModuleContext, endpoints: readonly Endpoint[]): Promise<void> => {
  const ids = endpoints.filter(({ withheld_since }) => withheld_since !== null).map(({ id }) => id)
  if (ids.length === 0) return
  await knex.transaction(async (trx) => {
    const found = trx('webhook_endpoints').whereIn('id', ids).whereNotNull('withheld_since')
    const again = (await found.update({ withheld_since: null, updated_at: new Date() }, ['id', 'user_id'])) as { id: number; user_id: number }[]
    await queueResets({ app, knex: trx }, again, { reason: 'owner', resource: null })
  })
} // prettier-ignore

import type { Loss } from '../../feed/consumer'
import type { ModuleContext } from '../../module'
import type { Endpoint } from './delivery'
import type { Projection } from './projection'
import type { Reset, ResetReason } from './resets'
import { queueResets } from './resets'

/** The name of the consumer, under which its place in the feed is stored. */
export const CONSUMER = 'webhooks'

const PLACE = 'select epoch, position from feed_consumers where name = $1'

/**
 * What a loss is known by where it is told again, as after a process was killed before it had stored that it was told: the place behind which
 * changes were lost, and the history that goes on.
 */
const factsOf = async ({ app, database }: ModuleContext, { reason, position }: Loss) => {
  if (reason === 'truncated') return [position]
  const [place] = await database.query({ text: PLACE, values: [CONSUMER] })

  return [place?.epoch, place?.position, app.get('engine').feed.epoch]
}

const resetsOf = async (context: ModuleContext, { models }: Projection, loss: Loss): Promise<Reset[]> => {
  const facts = await factsOf(context, loss)
  const reason = loss.reason as ResetReason
  if (!loss.resources) return [{ reason, resource: null, facts }]
  const lost = models.filter(({ name }) => loss.resources!.includes(name))

  return lost.map(({ path }) => ({ reason, resource: path, facts }))
}

/** Of these endpoints, those that are told of a resource. Who is sent nothing now is told to read anew once they are again. */
const concerned = async (projection: Projection, endpoints: readonly Endpoint[], resource: string | null) => {
  const found: Endpoint[] = []
  for (const endpoint of endpoints) {
    const owner = await projection.owner(endpoint.user_id)
    if (owner && projection.toldPaths(endpoint, owner, resource).length > 0) found.push(endpoint)
  }

  return found
}

/**
 * Tells endpoints to read anew what the feed cannot tell them: changes that were removed before they were consumed, those of a history that is
 * gone, and tables that were truncated.
 */
export const tellLoss = async (context: ModuleContext, projection: Projection, loss: Loss): Promise<void> => {
  const { app, knex } = context
  const endpoints = (await knex('webhook_endpoints').where({ disabled_at: null }).orderBy('id')) as Endpoint[]
  const resets = await resetsOf(context, projection, loss)
  for (const reset of resets) {
    const own = await concerned(projection, endpoints, reset.resource)
    await knex.transaction((trx) => queueResets({ app, knex: trx }, own, reset))
  }
}

import type { Change } from '../../feed/change'
import { CHANGE_COLUMNS, changeOf } from '../../feed/change'
import type { Packet } from '../../feed/subscriber'
import type { JobContext } from '../../jobs'
import type { ModuleContext } from '../../module'
import type { Endpoint } from './delivery'
import { deliveryOf } from './delivery'
import { replayWebhooks } from './jobs'
import type { Projection } from './projection'
import { queueDeliveries } from './queue'
import { queueResets } from './resets'

/** Which part of the feed is sent again, and to whom. */
export interface ReplayInput {
  readonly endpoint_id: number
  /** ISO 8601. */
  readonly since: string
  readonly include_delivered: boolean
  /** Ids of changes: behind the first, up to the second. */
  readonly after: number
  readonly until: number
}

/** Changes of one step, each of which is a job of its own. */
const STEP = 200

/** What happened before an endpoint was made was never meant for it. */
const SINCE = 'greatest($1::timestamptz, (select created_at from webhook_endpoints where id = $2))'

const PART = `
select ${CHANGE_COLUMNS} from changes where created_at >= ${SINCE} and id > $3 and id <= $4 order by id limit ${STEP}`

/** Whether changes of that time were removed as too old. */
const isCut = async ({ database }: ModuleContext, { since, endpoint_id }: ReplayInput): Promise<boolean> =>
  (
    await database.query({
      text: `select 1 as one from feed_horizon where created_at >= ${SINCE}`,
      values: [since, endpoint_id]
    })
  ).length > 0

/** The deliveries of changes to endpoints, in the order of the feed. */
export const deliveriesOf = (changes: readonly Change[], told: readonly (readonly [Endpoint, Packet])[]) => {
  const byId = new Map(changes.map((change) => [change.id, change]))

  return told.map(([endpoint, packet]) => deliveryOf(endpoint, byId.get(packet.position)!, packet))
}

const endpointOf = async ({ knex }: ModuleContext, id: number): Promise<Endpoint | undefined> =>
  (await knex('webhook_endpoints').where({ id, disabled_at: null }).first()) as Endpoint | undefined

/** Makes the deliveries of a part of the feed that were not made, or not delivered, and goes on with the next part as another job. */
export const replayStep = async (
  context: ModuleContext,
  projection: Projection,
  input: ReplayInput,
  { app, knex }: JobContext
): Promise<void> => {
  const { endpoint_id, since, after, until, include_delivered } = input
  const endpoint = await endpointOf(context, endpoint_id)
  const owner = endpoint && (await projection.owner(endpoint.user_id))
  if (!endpoint || !owner) return
  if (after === 0 && (await isCut(context, input)))
    await queueResets({ app, knex }, [endpoint], { reason: 'retention', resource: null })
  const rows = await context.database.query({ text: PART, values: [since, endpoint_id, after, until] })
  const changes = rows.map(changeOf)
  const told = await projection.tell(endpoint, owner, changes)
  const deliveries = deliveriesOf(changes, told.map((packet) => [endpoint, packet] as const)) // prettier-ignore
  const again = ['failed', 'withheld', ...(include_delivered ? ['delivered'] : [])]
  const ordered = new Set(endpoint.ordered ? [endpoint.id] : [])
  await queueDeliveries({ app, knex }, { deliveries, ordered, again })
  if (changes.length === STEP)
    await replayWebhooks.enqueue({ ...input, after: changes.at(-1)!.id }, { app, knex })
}

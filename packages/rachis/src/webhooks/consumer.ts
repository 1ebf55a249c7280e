import type { ModuleConsumer, ModuleContext } from '../module'
import { Endpoints } from './endpoints'
import type { Projection } from './sending/projection'
import { CONSUMER, tellLoss } from './sending/losses'
import { queueDeliveries } from './sending/queue'
import { deliveriesOf } from './sending/replay'

/**
 * Makes deliveries of committed changes, with their first attempts, in one transaction for each batch of the feed: a batch that comes twice makes
 * none twice.
 */
export const webhooksConsumer = (context: ModuleContext, projection: Projection): ModuleConsumer => {
  const { app, knex } = context
  const endpoints = new Endpoints(context, projection)

  return {
    name: CONSUMER,
    delivery: 'durable',
    order: 'after events',
    taken: () => endpoints.forget(),
    async lost(loss) {
      endpoints.forget()
      await tellLoss(context, projection, loss)
    },
    async consume(changes) {
      const told = await endpoints.tell(changes)
      if (told.length === 0) return
      const ordered = new Set(told.flatMap(([endpoint]) => (endpoint.ordered ? [endpoint.id] : [])))
      const deliveries = deliveriesOf(changes, told)
      await knex.transaction((trx) => queueDeliveries({ app, knex: trx }, { deliveries, ordered }))
      app.get('engine').wake()
    }
  }
}

import type { Knex } from 'knex'
import type { Application } from '../../declare/declarations'
import { afterCommit } from '../../service/after-commit'
import { holdLock } from '../../sql/named-lock'
import { slicesOf } from '../../util/slices-of'
import type { NewDelivery } from './delivery'

/** Where deliveries are made: they are sent once the transaction is committed. */
export interface Queueing {
  readonly app: Application
  readonly knex: Knex
}

/** Rows of one INSERT. */
const CHUNK = 500

/**
 * Who makes deliveries of an ordered endpoint, and who ends one, wait for each other: else neither might see that the next one is due. Several are
 * locked one after the other by their ids, so that two who do so never wait for each other.
 */
export const lockEndpoints = async (knex: Knex, ids: Iterable<number>): Promise<void> => {
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) await holdLock(knex, `webhook_endpoints/${id}`)
}

/** Of these records, or of all, the first that has to be sent is not waiting any more. */
const PROMOTE = `
update webhook_deliveries d set state = 'pending', next_attempt_at = now(), updated_at = now()
where d.state = 'waiting' and d.endpoint_id = :endpoint_id
  and (:all or (d.resource, d.record_id) in (select * from unnest(:resources::text[], :records::text[])))
  and not exists (select 1 from webhook_deliveries e
    where e.endpoint_id = d.endpoint_id and e.resource = d.resource and e.record_id = d.record_id
      and e.state in ('waiting', 'pending') and (e.change_id, e.id) < (d.change_id, d.id))`

type OfRecord = Pick<NewDelivery, 'resource' | 'record_id'>

/** Makes the next delivery of each of these records, or of every record, due, of an endpoint whose lock is held. */
export const promote = async (knex: Knex, endpoint_id: number, of?: readonly OfRecord[]): Promise<void> => {
  const [resources, records] = [of?.map(({ resource }) => resource) ?? [], of?.map(({ record_id }) => record_id) ?? []] // prettier-ignore
  await knex.raw(PROMOTE, { endpoint_id, all: of === undefined, resources, records } as never)
}

export interface Addition {
  readonly deliveries: readonly NewDelivery[]
  /** Endpoints whose deliveries of one record wait for each other. */
  readonly ordered: ReadonlySet<number>
  /** The states of deliveries that are there already and are made once more; none by default. */
  readonly again?: readonly string[]
}

const insertion = (knex: Knex, rows: readonly object[], again: readonly string[]) => {
  const insert = knex('webhook_deliveries').insert(rows).onConflict(['endpoint_id', 'event_id'])
  if (again.length === 0) return insert.ignore()
  const reset = ['state', 'attempts', 'next_attempt_at', 'error', 'updated_at']

  return insert.merge(reset).whereIn('webhook_deliveries.state', again)
}

/** The deliveries of an ordered endpoint that are of a record wait until those before them are done. */
const rowsOf = (knex: Knex, { deliveries, ordered }: Addition) =>
  deliveries.map((delivery) => ({
    ...delivery,
    state: ordered.has(delivery.endpoint_id) && delivery.record_id !== null ? 'waiting' : 'pending',
    attempts: 0,
    next_attempt_at: knex.fn.now(),
    error: null,
    updated_at: new Date()
  }))

const wakeAfter = ({ app, knex }: Queueing) => {
  const transaction = knex.isTransaction ? { trx: knex as Knex.Transaction } : undefined
  afterCommit(transaction, () => app.get('webhookSender').wake())
}

/**
 * Makes deliveries. Those that are there already are left as they are, but for those that are made once more.
 *
 * @returns the ids of those that are to be sent by this
 */
export const queueDeliveries = async (queueing: Queueing, addition: Addition): Promise<readonly number[]> => {
  const { knex } = queueing
  const { deliveries, ordered, again = [] } = addition
  const locked = new Set(deliveries.map(({ endpoint_id }) => endpoint_id).filter((id) => ordered.has(id)))
  await lockEndpoints(knex, locked)
  const made: number[] = []
  for (const rows of slicesOf(rowsOf(knex, addition), CHUNK)) {
    const found = (await insertion(knex, rows, again).returning('id')) as { id: number }[]
    made.push(...found.map(({ id }) => id))
  }
  for (const id of locked) await promote(knex, id, deliveries.filter(({ endpoint_id }) => endpoint_id === id)) // prettier-ignore
  wakeAfter(queueing)

  return made
}

import { randomUUID } from 'crypto'
import type { Knex } from 'knex'
import type { CallDatabase } from '../../sql/database'

/** Attempts for one endpoint that run at once in one process. */
const MOST = 4
/** Attempts for endpoints that fail that run at once in one process, which may each take as long as a receiver may. */
const MOST_FAILING = 5
/** Seconds that an attempt may take besides what its receiver takes. */
const MARGIN = 10

/** Endpoints for which anything is to be sent: one step through the index each, however much that is. */
const QUEUED = `
  (select endpoint_id as id from webhook_deliveries where state = 'pending' order by endpoint_id limit 1)
  union all
  select (select d.endpoint_id from webhook_deliveries d where d.state = 'pending' and d.endpoint_id > queued.id
    order by d.endpoint_id limit 1)
  from queued where queued.id is not null`

/** Places that are left of an endpoint in this process. One that fails has a single one, in all processes together. */
const PLACES = `
  greatest(0, case when e.failing_since is null then ${MOST} else 1 end - (
    select count(*) from webhook_claims c where c.endpoint_id = e.id and c.held_until > now()
      and (c.holder = $1 or e.failing_since is not null)))`

const PLACES_OF_FAILING = `
  ${MOST_FAILING} - (
    select count(*) from webhook_claims c join webhook_endpoints e on e.id = c.endpoint_id
    where c.holder = $1 and c.held_until > now() and e.failing_since is not null)`

/**
 * Takes deliveries that are due and that nobody has, the longest due first, of each endpoint as many as it has places: one that answers slowly, or
 * for which thousands wait, holds up no other, and neither do many that fail. Of two processes that take one at once only one is answered it.
 */
const CLAIM = `
with recursive queued as (${QUEUED}),
due as (
  select own.*, e.failing_since is not null as fails from queued join webhook_endpoints e on e.id = queued.id
  cross join lateral (
    select d.id, d.endpoint_id, d.next_attempt_at from webhook_deliveries d
    where d.state = 'pending' and d.endpoint_id = e.id and d.next_attempt_at <= now()
      and not exists (select from webhook_claims c where c.delivery_id = d.id and c.held_until > now())
    order by d.next_attempt_at, d.id limit ${PLACES}
  ) own
),
taken as (
  select id, endpoint_id from (
    select due.*, row_number() over (partition by fails order by next_attempt_at, id) as place from due
  ) placed
  where not fails or place <= ${PLACES_OF_FAILING}
  order by next_attempt_at, id limit $2
)
insert into webhook_claims as known (delivery_id, endpoint_id, holder, held_until)
select id, endpoint_id, $1, clock_timestamp() + make_interval(secs => $3) from taken
on conflict (delivery_id) do update set holder = excluded.holder, held_until = excluded.held_until
  where known.held_until <= now()
returning delivery_id, endpoint_id, held_until::text`

/**
 * Locks the endpoint before anything else is: whoever removes it locks it first, and then its deliveries, and two that lock the other way round
 * would wait for each other. The time tells an attempt from a later one of the same process, which begins once that time is over.
 */
const RELEASE = `
with endpoint as (select id from webhook_endpoints where id = ? for key share)
delete from webhook_claims where delivery_id = ? and holder = ? and held_until = ?::timestamptz and (select count(*) from endpoint) >= 0`

/** Of deliveries that were removed while a process that was killed held them. */
const FORGET = `delete from webhook_claims where held_until < now() - interval '1 hour'`

/** What a process has taken, and for how long. */
export interface Claim {
  readonly delivery_id: number
  readonly endpoint_id: number
  /** Until when, by the clock of the database, as it writes it. */
  readonly held_until: string
  /** Aborted before another process may take it. */
  readonly ends: AbortSignal
}

/**
 * Who makes which attempt. A claim is a row with a time and not a lock of a session, which a pooler would not keep: that of a process that was
 * killed is over as soon as an attempt could take no longer. The receiver is given up before that, so that two processes never ask it for
 * one attempt at once. Times are those of the server, and of the monotonic clock here.
 */
export class Claims {
  /** Of this process. */
  private readonly holder = randomUUID()

  constructor(private readonly database: CallDatabase) {}

  /**
   * @param timeout seconds that a receiver may take
   * @param count how many at most
   */
  async take(count: number, timeout: number): Promise<readonly Claim[]> {
    const lease = timeout + MARGIN
    // Begun before it is asked for, so that it is over earlier here than there.
    const ends = AbortSignal.timeout(lease * 1000)
    const rows = await this.database.query({ text: CLAIM, values: [this.holder, count, lease] })

    return rows.map(({ delivery_id, endpoint_id, held_until }) => ({
      delivery_id: Number(delivery_id),
      endpoint_id: Number(endpoint_id),
      held_until: held_until as string,
      ends
    }))
  }

  /** Gives a claim back, with the transaction in which its attempt is recorded. Answers whether its attempt still had it. */
  async release({ delivery_id, endpoint_id, held_until }: Claim, trx: Knex): Promise<boolean> {
    const values = [endpoint_id, delivery_id, this.holder, held_until]
    const { rowCount } = await trx.raw<{ rowCount: number }>(RELEASE, values)

    return rowCount > 0
  }
}

/** Removes claims of deliveries that are not there any more. */
export const forgetClaims = async (trx: Knex): Promise<void> => {
  await trx.raw(FORGET)
}

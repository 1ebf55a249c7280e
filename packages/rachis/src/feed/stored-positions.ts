import type { Database } from '../sql/database'
import { HISTORY } from './history'
import type { Position } from './positions'

const REGISTER = `insert into feed_consumers (name, epoch, position) values ($1, $2, $3) on conflict do nothing returning name`

const HELD_UNTIL = (lease: string) => `clock_timestamp() + make_interval(secs => ${lease})`

const LOSS = `
case when not coalesce(c.epoch = history.epoch and c.position <= history.last, false) then 'epoch'
  when exists (select from feed_horizon h where h.epoch = c.epoch and h.id > c.position) then 'retention' end`

const ACQUIRE = `
update feed_consumers c set holder = $2, held_until = ${HELD_UNTIL('$3')}
from (${HISTORY}) history
where c.name = $1 and (c.holder is null or c.holder = $2 or c.held_until < clock_timestamp())
returning c.position, ${LOSS} as loss`

const RENEW = `
update feed_consumers set held_until = ${HELD_UNTIL('$3')} where name = $1 and holder = $2 returning name`

const STORE = `
update feed_consumers set held_until = ${HELD_UNTIL('$3')}, epoch = $4, position = $5,
  lost_reason = coalesce($6, lost_reason), lost_at = case when $6::text is null then lost_at else clock_timestamp() end
where name = $1 and holder = $2 returning name`

const RELEASE = 'update feed_consumers set holder = null, held_until = null where name = $1 and holder = $2'

export interface StoredPositionsOptions {
  readonly database: Database
  /** Of this process: a UUID. */
  readonly holder: string
  /** Seconds after which somebody else may run a consumer whose holder says nothing. */
  readonly lease: number
}

interface Acquired {
  readonly position: number
  readonly loss?: 'epoch' | 'retention'
}

/**
 * The positions of durable consumers, and who runs them. Holding one is a row with a time, not a lock of a session: it survives a
 * connection that is replaced and a pooler. Times are those of the server, so that clocks of processes need not agree.
 */
export class StoredPositions {
  constructor(private readonly options: StoredPositionsOptions) {}

  /** Milliseconds that a consumer is held without being renewed. */
  get lease(): number {
    return this.options.lease * 1000
  }

  /** Stores a first position for the consumer unless it has one. Answers whether it had none. */
  async register(name: string, { epoch, id }: Position): Promise<boolean> {
    return this.isDone(REGISTER, [name, epoch, id])
  }

  /** Takes the consumer for this process; undefined where another one holds it. `loss`: why it cannot go on at its position. */
  async acquire(name: string): Promise<Acquired | undefined> {
    const { database, holder, lease } = this.options
    const [row] = await database.query({ text: ACQUIRE, values: [name, holder, lease] })

    return row && { position: Number(row.position), loss: (row.loss ?? undefined) as Acquired['loss'] }
  }

  /** Answers whether this process still holds it; if not, nothing was stored. */
  async renew(name: string): Promise<boolean> {
    const { holder, lease } = this.options
    return this.isDone(RENEW, [name, holder, lease])
  }

  /** Stores a position, with the reason where changes before it were lost, and renews. Answers as `renew` does. */
  async store(name: string, { epoch, id }: Position, lost?: string): Promise<boolean> {
    const { holder, lease } = this.options
    return this.isDone(STORE, [name, holder, lease, epoch, id, lost ?? null])
  }

  /** Lets another process take it at once. */
  async release(name: string): Promise<void> {
    const { database, holder } = this.options
    await database.query({ text: RELEASE, values: [name, holder] })
  }

  private async isDone(text: string, values: readonly unknown[]): Promise<boolean> {
    return (await this.options.database.query({ text, values })).length > 0
  }
}

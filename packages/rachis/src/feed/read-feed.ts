import type { StoredChange } from './change'
import { CHANGE_COLUMNS, storedChange } from './change'
import { renewEpoch } from './epoch'
import type { CountedDatabase } from './feed-options'
import { KNOWN_HISTORY } from './history'
import { snapshotOf } from './relay/snapshot'
import { BATCH } from './runner'

const READ = `
select s.*, c.*
from (
  select pg_current_snapshot()::text as snapshot, history.*,
    array(select tx from unnest($2::text[]) tx where pg_visible_in_snapshot(tx::xid8, pg_current_snapshot())) as committed
  from (${KNOWN_HISTORY}) history
) s
left join lateral (select ${CHANGE_COLUMNS} from changes where id > $1 order by id limit ${BATCH}) c on true`

/** One read of the table, all of it in one snapshot. */
export interface FeedRead {
  /** As text, and its xmin: transactions below it are over. */
  readonly snapshot: string
  readonly xmin: bigint
  /** Whether a transaction was over then. */
  readonly isOver: (transaction: string) => boolean
  readonly epoch: string
  /** The highest id that the sequence has given out. */
  readonly last: number
  /** Of the transactions that were asked for, those that were committed. */
  readonly committed: readonly string[]
  /** Behind the cursor, in the order of their ids. */
  readonly changes: readonly StoredChange[]
  /** Whether these are all that there are. */
  readonly isAll: boolean
}

/** What stands in every row. */
type Head = Readonly<Record<'snapshot' | 'epoch' | 'last', string>> & Pick<FeedRead, 'committed'>

/** Reads the table of changes, and notices where it does so on another server. */
export class FeedReader {
  /** Which of its connections the last read was made on. */
  connected = 0

  constructor(private readonly database: CountedDatabase) {}

  private get opened(): number {
    return this.database.opened ?? 0
  }

  /** Changes behind an id, at most a batch of them. */
  async read(cursor: number, transactions: readonly string[]): Promise<FeedRead> {
    let read = await this.readOnce(cursor, transactions)
    while (this.connected !== this.opened) {
      await this.renew()
      read = await this.readOnce(cursor, transactions)
    }

    return read
  }

  /** A new connection may lead to another server, such as a standby that has taken over: the same ids may be other changes there. */
  async renew(ended?: string): Promise<void> {
    await renewEpoch(this.database, ended)
    this.connected = this.opened
  }

  private async readOnce(cursor: number, transactions: readonly string[]): Promise<FeedRead> {
    const rows = await this.database.query({ text: READ, values: [cursor, transactions] })
    const { snapshot, epoch, last, committed } = rows[0] as unknown as Head
    const changes = rows.filter((row) => row.id !== null).map(storedChange)

    return {
      snapshot,
      ...snapshotOf(snapshot),
      epoch,
      last: Number(last),
      committed,
      changes,
      isAll: changes.length < BATCH
    }
  }
}

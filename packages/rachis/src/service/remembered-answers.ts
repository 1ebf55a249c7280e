import type { Knex } from 'knex'
import type { Database, Row } from '../sql/database'
import { Sealer } from '../util/seal'

/** How long an answer is kept. */
const KEPT = `interval '24 hours'`
/** After this time a call without a transaction that has left no answer is taken for one whose process has died. */
const ABANDONED = `interval '60 seconds'`

/** Which call is meant: both are hashes, so that keys and bodies are not kept. */
export interface CallIdentity {
  /** Of the caller and the key. */
  readonly id: Buffer
  /** Of the operation and of everything that was sent. */
  readonly fingerprint: Buffer
}

/** What a call has come to: the records that it wrote with every column, or its output. */
export interface RememberedAnswer {
  readonly result: unknown
  /** What hooks have set for the transport. */
  readonly http: object
  /** Id of the transaction that it wrote in. */
  readonly tx?: string
}

/** What is known of a key: nothing, a call that runs or whose answer cannot be read, or an answer. */
export type Recalled = undefined | { readonly fingerprint: Buffer; readonly answer?: RememberedAnswer }

const RECALL = `select fingerprint, answer from idempotency_keys where id = $1 and created_at > now() - ${KEPT}
  and (answer is not null or created_at > now() - ${ABANDONED})`

/** A call that has not got the lock runs beside another one with the key, and could only wait for it with a connection in its hand. */
const LOCK = `select pg_try_advisory_xact_lock($2::bigint)
  and not exists (select from idempotency_keys where id = $1 and created_at > now() - ${KEPT}) as free`

const REMEMBER = `insert into idempotency_keys as known (id, fingerprint, answer) values ($1, $2, $3)
  on conflict (id) do update set fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = now()
  where known.created_at <= now() - ${KEPT} or (known.answer is null and known.created_at <= now() - ${ABANDONED})
  returning true as done`

const COMPLETE = `update idempotency_keys set answer = $2 where id = $1 returning true as done`
const FORGET = `delete from idempotency_keys where id = $1 and answer is null`
const PRUNE = `with pruned as (
  delete from idempotency_keys where id = any(array(
    select id from idempotency_keys where created_at < now() - ${KEPT} order by created_at limit 5000 for update skip locked
  )) returning true
) select count(*)::int as pruned from pruned`

/**
 * The answers to calls that carried a key of idempotency. They hold all columns of the records that were written, and secrets that are shown
 * once, so each is sealed with what it belongs to, by the application's secret.
 */
export class RememberedAnswers {
  private readonly sealer: Sealer

  constructor(
    private readonly database: Database,
    secret: string
  ) {
    this.sealer = new Sealer(secret, 'remembered answers')
  }

  /** @param trx the transaction that the call is part of, which would wait for itself with a second connection */
  async recall({ id }: CallIdentity, trx?: Knex.Transaction): Promise<Recalled> {
    const [row] = await this.database.query({ text: RECALL, values: [id] }, trx)
    if (!row) return undefined
    const answer = this.open(id, row.answer as string | null)

    return { fingerprint: row.fingerprint as Buffer, ...(answer ? { answer } : {}) }
  }

  /** Whether this call is the only one with its key, until the transaction ends. */
  async lock({ id }: CallIdentity, trx: Knex.Transaction): Promise<boolean> {
    const values = [id, id.readBigInt64BE().toString()]
    const [row] = await this.database.query({ text: LOCK, values }, trx)

    return row!.free === true
  }

  /** @returns false where another call has left an answer meanwhile: then this one must be taken back */
  remember(call: CallIdentity, answer: RememberedAnswer, trx: Knex.Transaction): Promise<boolean> {
    return this.insert(call, this.seal(call.id, answer), trx)
  }

  /** For a call without a transaction: notes that it runs. @returns false where another one runs with this key */
  claim(call: CallIdentity): Promise<boolean> {
    return this.insert(call, null)
  }

  async complete({ id }: CallIdentity, answer: RememberedAnswer): Promise<void> {
    await this.database.query({ text: COMPLETE, values: [id, this.seal(id, answer)] })
  }

  /** A call that failed may be made again with the same key. */
  async forget({ id }: CallIdentity): Promise<void> {
    await this.database.query({ text: FORGET, values: [id] })
  }

  /** Removes what is older than it is kept. Answers how many. */
  async prune(): Promise<number> {
    const [row] = await this.database.query({ text: PRUNE, values: [] })

    return row!.pruned as number
  }

  private async insert({ id, fingerprint }: CallIdentity, answer: string | null, trx?: Knex.Transaction) {
    const rows: Row[] = await this.database.query({ text: REMEMBER, values: [id, fingerprint, answer] }, trx)

    return rows.length > 0
  }

  private seal(id: Buffer, answer: RememberedAnswer): string {
    return this.sealer.seal(JSON.stringify(answer), id.toString('base64url'))
  }

  /** Undefined also where the application's secret has changed since: the answer is lost, and the call must not be made twice. */
  private open(id: Buffer, sealed: string | null): RememberedAnswer | undefined {
    const text = sealed === null ? undefined : this.sealer.open(sealed, id.toString('base64url'))

    return text === undefined ? undefined : (JSON.parse(text) as RememberedAnswer)
  }
}

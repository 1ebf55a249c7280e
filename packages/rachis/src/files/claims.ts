import { randomUUID } from 'crypto'
import type { Knex } from 'knex'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import type { Part, Spool } from './spool'

/** Seconds after which the claim of a request whose bytes do not flow, or of a process that was killed, is over. */
const LEASE = 6

const READ = `
select c.claim, c.kept::float8 as kept, c.is_checked, c.parts, c.held_until > clock_timestamp() as is_held,
  greatest(1, ceil(extract(epoch from c.held_until - clock_timestamp())))::int as seconds
from uploads u left join upload_claims c on c.upload_id = u.id where u.id = ?`

/** Nothing is taken where anything has happened since it was looked: each claim, and each end of one, has an id of its own. */
const TAKE = `
insert into upload_claims as known (upload_id, claim, held_until, kept, is_checked, parts)
select id, ?::uuid, clock_timestamp() + interval '${LEASE} seconds', ?, ?, ?::jsonb from uploads where id = ?
on conflict (upload_id) do update
  set claim = excluded.claim, held_until = excluded.held_until, kept = excluded.kept, is_checked = excluded.is_checked, parts = excluded.parts
  where known.claim = ?::uuid and (known.held_until is null or known.held_until <= clock_timestamp())
returning claim`

const MINE =
  'where upload_id = ? and claim = ?::uuid and exists (select from uploads u where u.id = upload_id)'
const RENEW = `update upload_claims set held_until = greatest(held_until, clock_timestamp() + make_interval(secs => ?)) ${MINE}`
const END = `update upload_claims set claim = ?::uuid, held_until = null, kept = ? ${MINE}`

/** Of uploads that are not there any more. */
const FORGET = 'delete from upload_claims c where not exists (select from uploads u where u.id = c.upload_id)'

interface Row {
  readonly claim: string | null
  readonly kept: number
  readonly is_checked: boolean
  readonly parts: readonly Part[]
  /** Null where no request writes. */
  readonly is_held: boolean | null
  readonly seconds: number
}

/** How far an upload is. */
export interface Progress {
  readonly id: string
  /** Bytes that are there. */
  readonly kept: number
  /** The files that they are in. */
  readonly parts: readonly Part[]
  /** Of the claim that was found; null where there was none. */
  readonly claim: string | null
  /** Seconds for which a request has it; 0 where none does. */
  readonly held: number
  /** Whether somebody may write the last file still, who has lost it. */
  readonly isLeft: boolean
}

/** The right to write an upload, which one request has at a time. */
export interface Claim {
  readonly id: string
  readonly claim: string
  /** Where its bytes begin. */
  readonly kept: number
  /** The file that they go to. */
  readonly part: Part
}

/** Another request has the upload. */
export const lockedUpload = (seconds: number): ApiError =>
  new ApiError(errors.UPLOAD_LOCKED, { headers: { 'Retry-After': String(seconds) } })

/**
 * Who writes which upload, in all processes. A claim is a row with a time, which holds no connection. It is renewed while bytes flow, so that of a process that was killed it
 * is over after some seconds. Who takes one that nobody has ended goes on in a file of its own: whatever the one before still writes is
 * behind what counts of its file.
 */
export class UploadClaims {
  constructor(
    private readonly knex: Knex,
    private readonly spool: Spool
  ) {}

  /** Undefined where there is no such upload. */
  async progress(id: string): Promise<Progress | undefined> {
    const { rows } = await this.knex.raw<{ rows: Row[] }>(READ, [id])
    const [row] = rows
    if (!row) return undefined
    if (row.claim === null) return this.unclaimed(id)
    const { claim, is_held, is_checked } = row
    const { kept, parts, isShort } = await this.spool.measure(row.parts, row.kept, is_held !== null && !is_checked) // prettier-ignore

    return { id, kept, parts, claim, held: is_held === true ? row.seconds : 0, isLeft: is_held !== null || isShort } // prettier-ignore
  }

  /**
   * @param isChecked whether its bytes count only once all of them are there
   * @throws {ApiError} UPLOAD_LOCKED where another request has it, or was faster
   */
  async take({ id, kept, parts, claim: seen, held, isLeft }: Progress, isChecked: boolean): Promise<Claim> {
    if (held > 0) throw lockedUpload(held)
    const claim = randomUUID()
    const next = isLeft ? [...parts.filter(({ start }) => start < kept), { name: `${id}.${claim}`, start: kept }] : parts // prettier-ignore
    const values = [claim, kept, isChecked, JSON.stringify(next), id, seen]
    const { rows } = await this.knex.raw<{ rows: object[] }>(TAKE, values as Knex.RawBinding[])
    if (rows.length === 0) throw lockedUpload(1)

    return { id, claim, kept, part: next.at(-1)! }
  }

  /** @returns whether the claim, or the upload, is not lost */
  async renew({ id, claim }: Claim, isFlowing: boolean): Promise<boolean> {
    const { rowCount } = await this.knex.raw<{ rowCount: number }>(RENEW, [isFlowing ? LEASE : 0, id, claim])

    return rowCount > 0
  }

  /**
   * Ends a claim with what is kept from now on.
   *
   * @returns false where it was lost, so that nothing of it counts
   */
  async end({ id, claim }: Claim, kept: number): Promise<boolean> {
    const { rowCount } = await this.knex.raw<{ rowCount: number }>(END, [randomUUID(), kept, id, claim])

    return rowCount > 0
  }

  /** Nobody has written it yet, or the version before, which had no claims. */
  private async unclaimed(id: string): Promise<Progress> {
    const kept = await this.spool.size(id)

    return { id, kept, parts: [{ name: id, start: 0 }], claim: null, held: 0, isLeft: false }
  }
}

/** Removes what is known of uploads that are not there any more. */
export const forgetClaims = async (knex: Knex): Promise<void> => {
  await knex.raw(FORGET)
}

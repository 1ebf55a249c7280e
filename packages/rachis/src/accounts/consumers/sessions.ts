import type { Affected, Change } from '../../feed/change'
import { Subscriptions } from '../../feed/subscriptions'
import { keepPrincipal } from '../../rules/plans'
import { grownCache } from '../../util/grown-cache'
import { sameJson } from '../../util/same-json'
import { Drops } from './drops'

/** A verified token or key: Feathers' answer for its strategy. */
export interface Verified {
  readonly authentication: { readonly strategy: string }
  readonly user: { readonly id: number; readonly impersonator_id?: number | null }
  readonly [key: string]: unknown
}
/** The answer for the strategy `jwt`. */
export interface TokenResult extends Verified {
  readonly accessToken: string
  readonly authentication: {
    readonly strategy: string
    readonly accessToken: string
    readonly payload: { readonly sid: string; readonly exp?: number }
  }
}
/** What a verified credential hangs on. */
interface Facts {
  /** The record behind it, such as `sessions/<id>`: once that changes it is asked for again. */
  readonly record: string
  /** Milliseconds since 1970. */
  readonly expires: number
  /** What `begin` returned before anything of it was read. */
  readonly begun: number
}

const MAX_ENTRIES = 10_000

const usersOf = ({ user: { id, impersonator_id } }: Verified): string[] =>
  [id, ...(impersonator_id ? [impersonator_id] : [])].map((user) => `users/${user}`)

/** Columns that a key's use writes: what it may do is what it was. */
const OF_USE = new Set(['last_used', 'last_used_at', 'updated_at'])
const isUse = ({ resource, before, after }: Change): boolean =>
  resource === 'api_keys' &&
  before !== null &&
  after !== null &&
  Object.keys(after).every((name) => OF_USE.has(name) || sameJson(after[name], before[name])) // prettier-ignore

/** The record, behind credentials, that a change concerns: `sessions/<id>` or `api_keys/<id>`. */
export const credentialOf = (change: Change): string | undefined =>
  ['sessions', 'api_keys'].includes(change.resource) && change.before && !isUse(change)
    ? `${change.resource}/${change.record_id}`
    : undefined

/**
 * Verified tokens and keys with their users, for a few seconds each. A change of the user, of the session or of the key drops
 * them at once, in every process, since each reads the feed; the seconds are only the last resort.
 */
export class SessionCache {
  private readonly byCredential = grownCache<Verified>(MAX_ENTRIES, (_result, credential) =>
    this.records.delete(credential)
  )
  /** The records that each credential hangs on, so that a change costs what it drops and not what is remembered. */
  private readonly records = new Subscriptions<string>()
  private readonly drops = new Drops()

  constructor(
    private readonly ttl: number,
    private readonly affected: Affected
  ) {}

  /** `credential`: the token or the key itself. What was verified as a key is no token, and may not be taken for one. */
  get(strategy: string, credential: string): Verified | undefined {
    const result = this.byCredential.get(credential)

    return result?.authentication.strategy === strategy ? result : undefined
  }

  /** Called before the records behind a credential are read; `put` refuses what was dropped since then. */
  begin(): number {
    return this.drops.now()
  }

  put(credential: string, result: Verified, { record, expires, begun }: Facts) {
    const ttl = Math.min(this.ttl * 1000, expires - Date.now())
    const records = [record, ...usersOf(result)]
    // The cache takes a time of 0 for none.
    if (!(ttl > 0) || this.drops.since(begun, records)) return
    keepPrincipal(result.user)
    this.byCredential.set(credential, result, { ttl })
    this.records.set(credential, records)
  }

  /** `record`: `sessions/<id>` or `api_keys/<id>`. */
  dropRecord(record: string) {
    this.drops.add(record)
    for (const credential of [...this.records.of(record)]) this.byCredential.delete(credential)
  }

  dropUser(id: number) {
    this.dropRecord(`users/${id}`)
  }

  /** Where nobody knows what has changed. */
  clear() {
    this.drops.addAll()
    this.byCredential.clear()
  }

  consume(changes: readonly Change[]) {
    for (const change of changes) {
      const record = credentialOf(change)
      if (record) this.dropRecord(record)
      for (const id of this.affected(change)) this.dropUser(Number(id))
    }
  }
}

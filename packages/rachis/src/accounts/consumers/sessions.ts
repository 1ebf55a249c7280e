import type { Affected, Change } from '../../feed/change'

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
  /** The cache's version before anything of it was read. */
  readonly version: number
}
interface Entry {
  readonly result: Verified
  readonly record: string
  readonly until: number
}

const MAX_ENTRIES = 10_000

/** Columns that a key's use writes: what it may do is what it was. */
const OF_USE = new Set(['last_used', 'last_used_at', 'updated_at'])
const isUse = ({ resource, before, after }: Change): boolean =>
  resource === 'api_keys' &&
  before !== null &&
  after !== null &&
  Object.keys(after).every((name) => OF_USE.has(name) || JSON.stringify(after[name]) === JSON.stringify(before[name])) // prettier-ignore

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
  private readonly byCredential = new Map<string, Entry>()
  /** Counts drops: what was read before a drop must not be put in after it. */
  version = 0

  constructor(
    private readonly ttl: number,
    private readonly affected: Affected
  ) {}

  /** `credential`: the token or the key itself. What was verified as a key is no token, and may not be taken for one. */
  get(strategy: string, credential: string): Verified | undefined {
    const entry = this.byCredential.get(credential)
    if (entry?.result.authentication.strategy !== strategy) return undefined
    if (entry.until > Date.now()) return entry.result
    this.byCredential.delete(credential)

    return undefined
  }

  put(credential: string, result: Verified, { record, expires, version }: Facts) {
    if (version !== this.version || this.ttl === 0) return
    if (this.byCredential.size >= MAX_ENTRIES)
      this.byCredential.delete(this.byCredential.keys().next().value!)
    const until = Math.min(Date.now() + this.ttl * 1000, expires)
    this.byCredential.set(credential, { result, record, until })
  }

  /** `record`: `sessions/<id>` or `api_keys/<id>`. */
  dropRecord(record: string) {
    this.drop((entry) => entry.record === record)
  }

  dropUser(id: number) {
    this.drop(({ result: { user } }) => user.id === id || user.impersonator_id === id)
  }

  /** Where nobody knows what has changed. */
  clear() {
    this.drop(() => true)
  }

  private drop(matches: (entry: Entry) => boolean) {
    this.version++
    for (const [credential, entry] of this.byCredential)
      if (matches(entry)) this.byCredential.delete(credential)
  }

  consume(changes: readonly Change[]) {
    for (const change of changes) {
      const record = credentialOf(change)
      if (record) this.dropRecord(record)
      for (const id of this.affected(change)) this.dropUser(Number(id))
    }
  }
}

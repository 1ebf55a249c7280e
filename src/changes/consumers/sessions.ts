import type { Change } from '../change'

/** A verified access token: Feathers' answer for the strategy `jwt`. */
export interface TokenResult {
  readonly accessToken: string
  readonly authentication: {
    readonly strategy: string
    readonly accessToken: string
    readonly payload: { readonly sid: string; readonly exp?: number }
  }
  readonly user: { readonly id: number }
  readonly [key: string]: unknown
}
interface Entry {
  readonly result: TokenResult
  readonly until: number
}
/** The users whose rights a change may have changed. */
export type Affected = (change: Change) => readonly string[]

const MAX_ENTRIES = 10_000

/**
 * Verified tokens with their users, for a few seconds each. A change of the user or of the session drops them at once, in
 * every process, since each reads the feed; the seconds are only the last resort.
 */
export class SessionCache {
  private readonly byToken = new Map<string, Entry>()
  /** Counts drops: what was read before a drop must not be put in after it. */
  version = 0

  constructor(
    private readonly ttl: number,
    private readonly affected: Affected
  ) {}

  get(token: string): TokenResult | undefined {
    const entry = this.byToken.get(token)
    if (!entry || entry.until > Date.now()) return entry?.result
    this.byToken.delete(token)

    return undefined
  }

  put(result: TokenResult, version: number) {
    if (version !== this.version || this.ttl === 0) return
    if (this.byToken.size >= MAX_ENTRIES) this.byToken.delete(this.byToken.keys().next().value!)
    const expiry = (result.authentication.payload.exp ?? 0) * 1000
    this.byToken.set(result.accessToken, { result, until: Math.min(Date.now() + this.ttl * 1000, expiry) })
  }

  dropSession(sid: string) {
    this.drop((result) => result.authentication.payload.sid === sid)
  }

  dropUser(id: number) {
    this.drop((result) => result.user.id === id)
  }

  private drop(matches: (result: TokenResult) => boolean) {
    this.version++
    for (const [token, { result }] of this.byToken) if (matches(result)) this.byToken.delete(token)
  }

  consume(changes: readonly Change[]) {
    for (const change of changes) {
      if (change.resource === 'sessions' && change.before) this.dropSession(change.record_id)
      for (const id of this.affected(change)) this.dropUser(Number(id))
    }
  }
}

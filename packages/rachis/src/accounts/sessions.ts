import type { Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import { callerOf, recordSecurity } from './security'
import type { Claims, Kind, Tokens } from './tokens'

/** The columns of a session that its tokens are made from. */
interface Session {
  readonly id: string
  readonly user_id: number
  readonly generation: number
  readonly rotated_at: string | null
  readonly created_at: string
  readonly expires_at: string
  readonly impersonator_id: number | null
}
export interface Subject {
  readonly id: number
  /** What the session is to be called, so that there is one of this name. */
  readonly sid?: string
  /** When a second factor was shown. */
  readonly mfa_at?: string | null
}
export interface Pair {
  readonly accessToken: string
  readonly refresh_token: string
}
export interface RevokeOptions {
  /** The id of a session that goes on. */
  readonly except?: string
  /** A position in the feed: a session that began after that change goes on. */
  readonly until?: number
  readonly knex?: Knex
}

const seconds = (instant: string | number) => Math.floor(new Date(instant).getTime() / 1000)
const agentOf = ({ headers }: Params) => {
  const agent = headers?.['user-agent'] as unknown
  return typeof agent === 'string' ? agent.replace(/\p{C}/gu, '').slice(0, 200) : null
}
const invalidToken = () => new ApiError(errors.INVALID_TOKEN)

/** One statement: of several that come at once the row lets one through, and the others see what it did. */
const ROTATE = `
update sessions set
  generation = generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now(),
  expires_at = least(now() + make_interval(secs => :refresh_ttl), created_at + make_interval(secs => :session_ttl))
where id = :sid and generation = :gen and user_id = :user_id and revoked_at is null and expires_at > now()
  and impersonator_id is null
returning *`

/** The answer to the same token a moment ago: another tab that asked at the same time. */
const ROTATED = `
select * from sessions
where id = :sid and generation = :gen + 1 and user_id = :user_id and revoked_at is null and expires_at > now()
  and rotated_at > now() - make_interval(secs => :refresh_grace)`

/** The table of sessions: how they begin, go on and end. */
export class Sessions {
  constructor(
    private readonly app: Application,
    private readonly tokens: Tokens
  ) {}

  /**
   * A new session of this user with its two tokens.
   *
   * @throws {ApiError} DUPLICATE where a session of the given name was opened before
   */
  async open({ id: user_id, sid, mfa_at = null }: Subject, params: Params = {}): Promise<Pair> {
    const { refresh_ttl, session_ttl } = this.app.get('auth')
    const { address } = callerOf(params)
    const user_agent = agentOf(params)
    const expires_at = new Date(Date.now() + Math.min(refresh_ttl, session_ttl) * 1000).toISOString()
    const row = { ...(sid ? { id: sid } : {}), user_id, expires_at, mfa_at, address, user_agent }
    const session = (await this.app.service('sessions').create(row as never)) as unknown as Session

    return this.pair({ ...session, generation: 0, rotated_at: session.created_at })
  }

  /** A short session in which an administrator acts as this user: one access token, and nothing to make it longer. */
  async openAs(user_id: number, impersonator_id: number, params: Params = {}): Promise<string> {
    const iat = seconds(Date.now())
    const exp = iat + this.app.get('auth').access_ttl
    const expires_at = new Date(exp * 1000).toISOString()
    const row = {
      user_id,
      impersonator_id,
      expires_at,
      address: callerOf(params).address,
      user_agent: agentOf(params)
    }
    const { id } = (await this.app.service('sessions').create(row as never)) as unknown as Session
    const act = { sub: String(impersonator_id) }

    return this.tokens.sign({ sub: String(user_id), sid: id, kind: 'access', iat, exp, act })
  }

  /**
   * A new pair for a refresh token, which is spent by it. Whoever brings it again within the grace is given the same pair;
   * later it has been stolen or copied, and the session ends (RFC 9700, section 4.14.2).
   *
   * @throws {ApiError} INVALID_TOKEN when the token was spent before the grace, or its session has ended
   */
  async refresh({ sid, sub, gen }: Claims, params: Params = {}): Promise<Pair> {
    const asked = { sid, gen: gen!, user_id: Number(sub), ...this.app.get('auth') }
    const rotated = await this.one(ROTATE, asked)
    const session = rotated ?? (await this.one(ROTATED, asked))
    if (!session) {
      await this.reused(sid, asked.user_id, params)
      throw invalidToken()
    }
    if (rotated) {
      this.app.get('engine').wake()
      await this.record('token_refreshed', asked.user_id, params)
    }

    return this.pair(session)
  }

  /** Ends the sessions of a user, all but the one named; answers how many. */
  async revokeAll(
    user_id: number,
    { except, until, knex = this.app.get('postgresqlClient') }: RevokeOptions = {}
  ): Promise<number> {
    const now = new Date()
    const open = knex('sessions').where({ revoked_at: null })
    // Those too in which they act as somebody else.
    void open.where((own) => void own.where({ user_id }).orWhere({ impersonator_id: user_id }))
    if (except) void open.whereNot('id', except)
    if (until !== undefined)
      void open.where('created_at', '<=', knex('changes').where({ id: until }).select('created_at'))
    const revoked = await open.update({ revoked_at: now, updated_at: now })
    this.app.get('engine').wake()

    return revoked
  }

  async revoke(sid: string) {
    const now = new Date()
    const [revoked] = await this.app
      .get('postgresqlClient')<Session & { revoked_at: Date | null; updated_at: Date }>('sessions')
      .where({ id: sid, revoked_at: null })
      .update({ revoked_at: now, updated_at: now })
      .returning('user_id')
    this.app.get('engine').wake()

    return revoked
  }

  /** A session that has ended already, or a user who is gone, is no failure. */
  private async reused(sid: string, user_id: number, params: Params) {
    if (await this.revoke(sid)) await this.record('refresh_token_reused', user_id, params)
  }

  private record(event: 'token_refreshed' | 'refresh_token_reused', user_id: number, params: Params) {
    return recordSecurity(this.app, event, { user_id, ...callerOf(params) })
  }

  private async one(sql: string, bindings: object): Promise<Session | undefined> {
    const { rows } = await this.app.get('postgresqlClient').raw<{ rows: Session[] }>(sql, bindings as never)
    return rows[0]
  }

  /** From what is stored alone, so that the same rotation gives the same tokens in every process. */
  private pair(session: Session): Pair {
    const { generation: gen, expires_at } = session
    const iat = seconds(session.rotated_at ?? session.created_at)
    const { access_ttl } = this.app.get('auth')
    const exp = Math.min(iat + access_ttl, seconds(expires_at))

    return {
      accessToken: this.token(session, 'access', { iat, exp }),
      refresh_token: this.token(session, 'refresh', { iat, exp: seconds(expires_at), gen })
    }
  }

  private token({ id, user_id }: Session, kind: Kind, times: { iat: number; exp: number; gen?: number }) {
    return this.tokens.sign({ sub: String(user_id), sid: id, kind, ...times })
  }
}

import type { IncomingMessage } from 'http'
import { AuthenticationBaseStrategy } from '@feathersjs/authentication'
import type { AuthenticationRequest } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import type { SessionAuthentication } from '../authentication'
import type { Verified } from '../consumers/sessions'
import { networkOf } from '../../util/network'
import type { Principal } from '../../declare/declarations'
import { ApiError } from '../../errors/errors'
import { errors } from '../errors'
import { readKey } from '../api-keys'
import type { On } from '../look-ups'
import { onOf } from '../look-ups'
import type { KeyEnds } from '../principals'
import { endOfKey, expiryOfKey } from '../principals'
import { sameBytes } from '../../util/same-bytes'
import { throttleByKey } from '../../util/throttle-by-key'
import { callerOf, recordSecurity } from '../security'

interface Stored extends KeyEnds {
  readonly id: number
  readonly user_id: number
  readonly hash: string
  readonly permissions: readonly string[]
}
/** What a socket keeps of the key that it is signed in by. */
interface Connection {
  authentication?: { strategy: string; api_key: string; id: number; exp?: number }
  user?: unknown
}
const HEADER = 'x-api-key'
const MINUTE = 60_000
const invalidKey = () => new ApiError(errors.INVALID_API_KEY)

/** `X-API-Key` on REST and in a socket's handshake, or `{ strategy: 'api_key', api_key }` to sign a socket in. */
export class ApiKeyStrategy extends AuthenticationBaseStrategy {
  private readonly mayNote = throttleByKey(MINUTE)
  private readonly mayTellOfUse = throttleByKey(60 * MINUTE)
  private readonly mayTellOfRefusal = throttleByKey(MINUTE)

  private get service() {
    return this.authentication as SessionAuthentication
  }

  /**
   * Whose rights hold where a request names two credentials would be a guess. One credential in both headers is one: generated
   * clients send what they have by every scheme that an operation names.
   */
  async parse({ headers }: IncomingMessage) {
    const { [HEADER]: key, authorization } = headers
    if (key === undefined) return null
    if (authorization !== undefined && authorization.replace(/^Bearer +/i, '') !== key)
      throw new ApiError('BAD_REQUEST', { message: 'Send Authorization or X-API-Key, not both' })
    const isToken = authorization !== undefined && !readKey(key)

    return isToken ? null : { strategy: this.name!, api_key: key }
  }

  async authenticate({ api_key }: AuthenticationRequest, params: Params): Promise<Verified> {
    const { sessions } = this.service
    const known = typeof api_key === 'string' ? sessions.get(this.name!, api_key) : undefined
    const result =
      known ?? (await this.service.app.get('shares').signIn(params, () => this.verify(api_key, params)))
    this.note(result.user as Principal, result.api_key as { id: number }, params)

    return result
  }

  /** The connection is signed in by the key from here on, and each of its calls is checked by it, until it signs out. */
  async handleConnection(event: string, connection: Connection, result?: Verified) {
    if (!result || result.authentication.strategy !== this.name) return
    if (event === 'logout') this.signOut(connection)
    if (event !== 'login') return
    const { id, expires_at } = result.api_key as Pick<Stored, 'id' | 'expires_at'>
    // In full seconds, and never later than the key itself.
    const exp = expires_at === null ? undefined : Math.floor(expiryOfKey({ expires_at }) / 1000)
    connection.authentication = { strategy: this.name!, api_key: secretOf(result), id, exp }
    connection.user = result.user
  }

  /** The key goes on elsewhere, so the feed reports no end of it: the connection itself is asked anew whom it stands for. */
  private signOut(connection: Connection) {
    delete connection.user
    delete connection.authentication
    this.service.app.get('engine').members.signOut(connection as never)
  }

  private async verify(given: unknown, params: Params): Promise<Verified> {
    const read = readKey(given)
    if (!read) return this.refuse('malformed', undefined, params)
    const { sessions } = this.service
    const begun = sessions.begin()
    const stored = await this.find(read.prefix, params)
    const reason = stored ? reasonAgainst(stored, read.hash) : 'unknown'
    if (!stored || reason) return this.refuse(reason!, stored, params)
    const user = await this.ownerOf(stored, params)
    const result = resultOf(this.name!, given as string, stored, user)
    sessions.put(given as string, result, {
      record: `api_keys/${stored.id}`,
      expires: expiryOfKey(stored),
      begun
    })

    return result
  }

  private find(prefix: string, { transaction }: On): Promise<Stored | undefined> {
    const knex = transaction?.trx ?? this.service.app.get('postgresqlClient')
    return knex<Stored & { prefix: string }>('api_keys')
      .where({ prefix })
      .first('id', 'user_id', 'hash', 'permissions', 'expires_at', 'revoked_at') as Promise<
      Stored | undefined
    >
  }

  private async ownerOf(stored: Stored, params: Params): Promise<Principal> {
    const user = await this.service
      .principalOf(stored.user_id, undefined, onOf(params))
      .catch((error: ApiError) => {
        if (error.errorCode !== 'INVALID_TOKEN') throw error
        return undefined
      })

    return user ? { ...user, scopes: stored.permissions } : this.refuse('inactive', stored, params)
  }

  /** One answer for every reason: whoever tries keys learns nothing from it. */
  private async refuse(reason: string, stored: Stored | undefined, params: Params): Promise<never> {
    const caller = callerOf(params)
    if (this.mayTellOfRefusal(`${stored?.id ?? networkOf(caller.address ?? '')} ${reason}`)) {
      const details = { reason, key_id: stored?.id ?? null }
      await recordSecurity(this.service.app, 'api_key_refused', {
        ...caller,
        user_id: stored?.user_id,
        details
      })
    }
    throw invalidKey()
  }

  /** In the background, and not for every call: a key in use would else cost a write for each read. */
  private note({ id: user_id }: Principal, { id }: { id: number }, params: Params) {
    const { app } = this.service
    if (this.mayNote(String(id)))
      void app
        .get('postgresqlClient')('api_keys')
        .where({ id })
        .update({ last_used: new Date() })
        .catch((err: unknown) => app.get('logger').error({ err }, 'The use of an API key could not be noted'))
    if (this.mayTellOfUse(String(id)))
      void recordSecurity(app, 'api_key_used', { ...callerOf(params), user_id, details: { key_id: id } })
  }
}

const reasonAgainst = (stored: Stored, given: string): string | undefined => {
  if (!sameBytes(Buffer.from(stored.hash), Buffer.from(given))) return 'secret'

  return endOfKey(stored)
}

const SECRET = Symbol('the key as it was given')
const secretOf = (result: Verified) => (result as unknown as { [SECRET]: string })[SECRET]

/** The key itself is in it for the socket that it signs in, and out of what is sent. */
const resultOf = (
  strategy: string,
  key: string,
  { id, permissions, expires_at }: Stored,
  user: Principal
): Verified =>
  ({
    authentication: { strategy },
    user,
    api_key: { id, permissions, expires_at },
    [SECRET]: key
  }) as Verified

import { randomBytes } from 'crypto'
import type { AuthenticationParams, AuthenticationRequest } from '@feathersjs/authentication'
import { OAuthStrategy } from '@feathersjs/authentication-oauth/lib/strategy'
import type { SessionAuthentication } from '../authentication'
import type { Application } from '../../declare/declarations'
import { ApiError } from '../../errors/errors'
import { errors } from '../errors'
import { link } from '../oauth/link'
import type { Profile } from '../oauth/profile'
import { profileOf } from '../oauth/profile'
import type { Provider, ProviderAnswer } from '../oauth/provider'
import { oauthRefused } from '../oauth/refused'
import { callerOf } from '../security'

/** What the strategy is called with: a flow that this server began, and the provider's verified answer to it. */
export interface FlowParams extends AuthenticationParams {
  readonly flow: { readonly provider: Provider; readonly answer: ProviderAnswer }
}
interface Account {
  readonly id: number
  readonly email: string
  readonly is_active: boolean
  readonly is_verified: boolean
}
const ATTEMPTS = 4
type Caller = ReturnType<typeof callerOf>

const isDuplicate = (error: unknown) => (error as Partial<ApiError>)?.errorCode === 'DUPLICATE'

/** Letters and digits of the address, and chance: a name is unique, and nobody is asked for one. They may change it. */
const usernameFor = (email: string) =>
  `${email
    .split('@')[0]!
    .replace(/[^a-z0-9]/gi, '')
    .slice(0, 30)}${randomBytes(5).toString('hex')}`

/**
 * Signs in whom a provider knows. In the steps of Feathers' strategy: the profile, the account that belongs to it, else a new
 * one. `identities` says which accounts belong; an address alone makes one belong only where both sides have verified it.
 */
export class IdentityStrategy extends OAuthStrategy {
  override get configuration() {
    return { entity: 'user', service: 'users', entityId: 'id' }
  }

  private get api(): Application {
    return (this.authentication as SessionAuthentication).app
  }

  override async authenticate(authentication: AuthenticationRequest, params: AuthenticationParams) {
    // First log-ins at once: one makes the account, then one of them the identity. What the others made is there the next time.
    for (let attempt = 1; ; attempt++) {
      try {
        return await super.authenticate(authentication, params)
      } catch (error) {
        if (attempt === ATTEMPTS || !isDuplicate(error)) throw error
      }
    }
  }

  override getProfile(
    _authentication: AuthenticationRequest,
    params: AuthenticationParams
  ): Promise<Profile> {
    const { provider, answer } = (params as FlowParams).flow

    return profileOf(answer, provider)
  }

  override async findEntity(profile: object): Promise<Account | null> {
    const { provider, subject, email } = profile as Profile
    const known = await this.accounts()
      .join('identities', 'identities.user_id', 'users.id')
      .where({ provider, subject })
      .first()
    const account =
      known ?? (email ? await this.accounts().where({ 'users.email': email }).first() : undefined)
    if (!account) return null
    // Whoever registered with somebody else's address waits for them to link to it.
    if (!known && !account.is_verified)
      throw oauthRefused(
        'account_unverified',
        'An account with this address exists, and has not verified it: sign in to it, or reset its password, and link the provider there'
      )
    if (!account.is_active) throw oauthRefused('inactive')
    if (!account.is_verified && this.api.get('auth').require_verified_email)
      throw new ApiError(errors.EMAIL_NOT_VERIFIED)

    return account
  }

  /** Nobody is signed in here: a user who links a provider to their account does so with their token, by `/auth/oauth/confirm`. */
  override async getCurrentEntity(): Promise<null> {
    return null
  }

  override async createEntity(profile: object, params: object): Promise<Account> {
    const { email, first_name, last_name } = profile as Profile
    if (!email)
      throw oauthRefused(
        'email_unverified',
        'The provider does not confirm an email address, which an account needs'
      )
    // Nobody knows it: a password log-in takes the time of a wrong password, and fails as one.
    const password = randomBytes(48).toString('base64url')
    const names = { first_name: first_name ?? null, last_name: last_name ?? null }
    const data = { email, username: usernameFor(email), password, is_verified: true, ...names }
    const account = (await this.api
      .service('users')
      .create(data as never, callerOf(params) as never)) as unknown as Account

    return this.belonging(account, profile as Profile, callerOf(params))
  }

  override async updateEntity(account: Account, profile: object, params: object): Promise<Account[]> {
    return this.belonging(account, profile as Profile, callerOf(params)) as never
  }

  override async getEntity(account: Account) {
    await this.api.service('users').patch(account.id, { last_login: new Date().toISOString() } as object)

    return (this.authentication as SessionAuthentication).principalOf(account.id)
  }

  private accounts() {
    return this.api
      .get('postgresqlClient')('users')
      .select<Account[]>('users.id', 'users.email', 'users.is_active', 'users.is_verified')
  }

  private async belonging(account: Account, profile: Profile, caller: Caller): Promise<Account> {
    const { provider, subject, email } = profile
    const identities = this.api.get('postgresqlClient')('identities')
    const isKnown = await identities.where({ provider, subject, user_id: account.id }).first('id')
    if (isKnown) return account
    await link(this.api, account, { provider, subject, email }, caller)

    return account
  }
}

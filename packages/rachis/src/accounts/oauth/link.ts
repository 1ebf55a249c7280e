import type { Application } from '../../declare/declarations'
import type { callerOf } from '../security'
import { recordSecurity } from '../security'
import type { Profile } from './profile'

/**
 * From now on the identity signs in to this account.
 *
 * @throws {ApiError} DUPLICATE where it belongs to an account already
 */
export const link = async (
  app: Application,
  { id: user_id, email: account }: { readonly id: number; readonly email: string },
  { provider, subject, email }: Pick<Profile, 'provider' | 'subject' | 'email'>,
  caller: ReturnType<typeof callerOf>
) => {
  const identity = await app
    .service('identities')
    .create({ provider, subject, email: email ?? null, user_id })
  await recordSecurity(app, 'oauth_linked', { ...caller, user_id, email: account, details: { provider } })

  return identity
}

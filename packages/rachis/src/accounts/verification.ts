import type { Application } from '../declare/declarations'
import { issueToken } from './one-time-tokens'
import type { Purpose } from './one-time-tokens'

export interface Account {
  readonly id: number
  readonly email: string
  readonly is_active: boolean
  readonly is_verified: boolean
}

/** The account of an address in its one spelling. */
export const accountOf = (app: Application, email: string): Promise<Account | undefined> =>
  app
    .get('postgresqlClient')<Account>('users')
    .where({ email })
    .first('id', 'email', 'is_active', 'is_verified')

const ttlOf = (app: Application, purpose: Purpose): number => {
  const { reset_ttl, verify_ttl, undo_ttl } = app.get('auth')
  const ttls = {
    reset_password: reset_ttl,
    verify_email: verify_ttl,
    confirm_email: verify_ttl,
    cancel_email: undo_ttl
  }

  return ttls[purpose]
}

/** A token for a link, good for as long as its purpose asks. */
export const tokenFor = (app: Application, user_id: number, purpose: Purpose, email: string) =>
  issueToken(app.get('postgresqlClient'), { user_id, purpose, email, ttl: ttlOf(app, purpose) })

/** Mails the link that an address is confirmed by, if there is anything to confirm. */
export const mailVerification = (app: Application, email: string): void =>
  app.get('mailer').later(async (send) => {
    const account = await accountOf(app, email)
    if (!account?.is_active || account.is_verified) return
    await send('verify_email', email, { token: await tokenFor(app, account.id, 'verify_email', email) })
  })

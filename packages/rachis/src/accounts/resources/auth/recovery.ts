import type { Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { revokeOtherCredentials } from '../../revoke-credentials'
import { countAttempt, countCaller } from '../../limits'
import { spendToken } from '../../one-time-tokens'
import type { Purpose, Spent } from '../../one-time-tokens'
import { callerOf, recordSecurity } from '../../security'
import { accountOf, mailVerification, tokenFor } from '../../verification'
import { anyone, emailOf, Type } from '../../../declare'
import type { ActionContext } from '../../../declare'
import { users } from '../users/users'
import { authentication } from './session'
import type { Context } from './session'

const { email, password } = users.spec.fields
export const SUCCESS = Type.Object({ success: Type.Literal(true) })
export const success = { success: true as const }
/** The links in mails bring it. */
export const token = Type.String({ format: 'password', minLength: 1, maxLength: 200 })
const ofAddress = Type.Object({ email }, { additionalProperties: false })

/**
 * Counts before anything is looked up; what is done for whom is decided behind the answer, which is therefore the same for an
 * address that has an account, one that has none, and one that is switched off.
 */
export const countMail = async ({ app, params }: Context, text: string): Promise<string> => {
  const address = emailOf(text)!
  await countCaller(app, 'mail_address', params)
  await countAttempt(app, 'mail_email', address, params)

  return address
}

const forgot = async (data: { email: string }, context: Context) => {
  const { app, params } = context
  const address = await countMail(context, data.email)
  app.get('mailer').later(async (send) => {
    const account = await accountOf(app, address)
    const known = account?.is_active ? account : undefined
    const facts = { ...callerOf(params), user_id: known?.id, email: address }
    await recordSecurity(app, 'password_reset_requested', facts)
    if (!known) return
    const token = await tokenFor(app, known.id, 'reset_password', address)
    await send('reset_password', address, { token })
  })

  return success
}

/**
 * Uses a token up together with what it is good for: both or neither. What is told of it is told after the commit, since that
 * takes connections of its own, and those who hold one must not wait for another.
 */
export const spend = async <T extends Spent>(
  context: ActionContext<object>,
  purpose: Purpose,
  token: string,
  work: (spent: Spent, params: Params, trx: Knex) => Promise<T>
): Promise<T> => {
  const { knex, params } = context
  const done = await knex.transaction(async (trx) => {
    // The account is found by the address that the token was sent to, unless the token is about another.
    const isBound = purpose === 'reset_password' || purpose === 'verify_email'
    const spent = await spendToken(trx, purpose, token, { isBound })
    return work(spent, { ...params, transaction: { trx } } as Params, trx)
  })
  authentication(context).sessions.dropUser(done.user_id)
  context.app.get('engine').wake()

  return done
}

/** Whoever reads the mail owns the account: the address is confirmed, wrong guesses are forgotten, and every session ends. */
const reset = async (
  { token, password }: { token: string; password: string },
  context: ActionContext<object>
) => {
  const { app, params } = context
  const { user_id, email, claimed } = await spend(
    context,
    'reset_password',
    token,
    async (spent, inside, trx) => {
      await app.service('users').patch(spent.user_id, { password, is_verified: true } as object, inside)
      return {
        ...spent,
        claimed: spent.is_verified ? undefined : await revokeOtherCredentials(trx, spent.user_id)
      }
    }
  )
  await app.get('limits').reset('login_email', email)
  const facts = { ...callerOf(params), user_id, email }
  await recordSecurity(app, 'password_reset', claimed ? { ...facts, details: { ...claimed } } : facts)
  app.get('mailer').later((send) => send('password_changed', email))

  return success
}

const verify = async ({ token }: { token: string }, context: ActionContext<object>) => {
  const { app, params } = context
  const { user_id, email } = await spend(context, 'verify_email', token, async (spent, inside) => {
    await app.service('users').patch(spent.user_id, { is_verified: true } as object, inside)
    return spent
  })
  await recordSecurity(app, 'email_verified', { ...callerOf(params), user_id, email })

  return success
}

const resend = async (data: { email: string }, context: Context) => {
  const { app, params } = context
  const address = await countMail(context, data.email)
  await recordSecurity(app, 'email_verification_requested', { ...callerOf(params), email: address })
  mailVerification(app, address)

  return success
}

/** What is done by mail. */
export const recovery = {
  forgot_password: {
    on: 'collection',
    summary: 'Ask for a mail to set a new password by',
    input: ofAddress,
    output: SUCCESS,
    access: anyone,
    transaction: false,
    http: { path: 'forgot-password', status: 202 },
    run: forgot
  },
  reset_password: {
    on: 'collection',
    summary: 'Set a new password by the token of a mail; signs out everywhere',
    input: Type.Object({ token, password }, { additionalProperties: false }),
    output: SUCCESS,
    access: anyone,
    transaction: false,
    http: { path: 'reset-password' },
    run: reset
  },
  verify_email: {
    on: 'collection',
    summary: 'Confirm an address by the token of a mail',
    input: Type.Object({ token }, { additionalProperties: false }),
    output: SUCCESS,
    access: anyone,
    transaction: false,
    http: { path: 'verify-email' },
    run: verify
  },
  resend_verification: {
    on: 'collection',
    summary: 'Ask for another mail to confirm an address by',
    input: ofAddress,
    output: SUCCESS,
    access: anyone,
    transaction: false,
    http: { path: 'resend-verification', status: 202 },
    run: resend
  }
} as const

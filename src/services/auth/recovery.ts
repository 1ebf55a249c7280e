import type { Params } from '@feathersjs/feathers'
import { countAttempt, countCaller } from '../../auth/limits'
import { spendToken } from '../../auth/one-time-tokens'
import { callerOf, recordSecurity } from '../../auth/security'
import { accountOf, mailVerification, tokenFor } from '../../auth/verification'
import { anyone, emailOf, Type } from '../../resource'
import type { ActionContext } from '../../resource'
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

/** Whoever reads the mail owns the account: every session ends, the address is confirmed, and wrong guesses are forgotten. */
const reset = async (
  { token, password }: { token: string; password: string },
  context: ActionContext<unknown>
) => {
  const { app, knex, params } = context
  const { user_id, email } = await spendToken(knex, 'reset_password', token)
  const inside = params as Params & { transaction: object }
  await app.service('users').patch(user_id, { password, is_verified: true } as object, inside)
  await authentication(context).revokeAll(user_id, { knex })
  await app.get('limits').forget('login_email', email)
  await recordSecurity(app, 'password_reset', { ...callerOf(params), user_id, email })
  app.get('mailer').later((send) => send('password_changed', email))

  return success
}

const verify = async ({ token }: { token: string }, { app, knex, params }: ActionContext<unknown>) => {
  const { user_id, email } = await spendToken(knex, 'verify_email', token)
  await app.service('users').patch(user_id, { is_verified: true } as object, params)
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
    http: { path: 'reset-password' },
    run: reset
  },
  verify_email: {
    on: 'collection',
    summary: 'Confirm an address by the token of a mail',
    input: Type.Object({ token }, { additionalProperties: false }),
    output: SUCCESS,
    access: anyone,
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

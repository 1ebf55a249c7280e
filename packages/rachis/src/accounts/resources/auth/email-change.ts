import type { Params } from '@feathersjs/feathers'
import { dropLater, dropTokens } from '../../one-time-tokens'
import type { Spent } from '../../one-time-tokens'
import { callerOf, recordSecurity } from '../../security'
import { accountOf, tokenFor } from '../../verification'
import { anyone, authenticated, Type } from '../../../declare'
import type { ActionContext } from '../../../declare'
import { users } from '../users/users'
import { requirePassword } from './password'
import { countMail, spend, success, SUCCESS, token } from './recovery'
import { authentication } from './session'

type Context = ActionContext<object>
const { email } = users.spec.fields

/**
 * Nothing changes yet. Both addresses are mailed: the new one to confirm, the old one to object. Whether the new one has an
 * account already, only its own mailbox gets a mail.
 */
const change = async (data: { email: string; password: string }, context: Context) => {
  const { app, user, params } = context
  const wanted = await countMail(context, data.email)
  await requirePassword('password', data.password, context)
  const { id: user_id, email: present } = user!
  await recordSecurity(app, 'email_change_requested', { ...callerOf(params), user_id, email: present })
  if (wanted === present) return success
  app.get('mailer').later(async (send) => {
    if (await accountOf(app, wanted)) return send('already_registered', wanted)
    const confirm = await tokenFor(app, user_id, 'confirm_email', wanted)
    const cancel = await tokenFor(app, user_id, 'cancel_email', present)
    await send('cancel_email', present, { token: cancel, email: wanted })
    await send('confirm_email', wanted, { token: confirm })
  })

  return success
}

const setEmail = ({ app }: Context, { user_id, email }: Spent, params: Params) =>
  app.service('users').patch(user_id, { email, is_verified: true } as object, params)

/** The feed reports that the address has changed, as it does where an administrator changes it. */
const confirm = async ({ token }: { token: string }, context: Context) => {
  await spend(context, 'confirm_email', token, async (spent, inside) => {
    await setEmail(context, spent, inside)
    return spent
  })

  return success
}

/** By who reads the mail of the old address: it stays, or comes back, and whoever is signed in is not any more. */
const cancel = async ({ token }: { token: string }, context: Context) => {
  const { app, params } = context
  const { user_id, email, current } = await spend(
    context,
    'cancel_email',
    token,
    async (spent, inside, trx) => {
      await dropTokens(trx, spent.user_id, ['confirm_email', 'reset_password'])
      await dropLater(trx, spent)
      if (spent.current !== spent.email) await setEmail(context, spent, inside)
      await authentication(context).revokeAll(spent.user_id, { knex: trx })
      return spent
    }
  )
  const details = { from: current }
  await recordSecurity(app, 'email_change_cancelled', { ...callerOf(params), user_id, email, details })

  return success
}

/** How somebody takes another address: confirmed by the new one, and open to the objection of the old one. */
export const emailChange = {
  change_email: {
    on: 'collection',
    summary: 'Ask to sign in with another address, which has to be confirmed by mail',
    input: Type.Object(
      { email, password: Type.String({ format: 'password' }) },
      { additionalProperties: false }
    ),
    output: SUCCESS,
    access: authenticated,
    transaction: false,
    http: { path: 'change-email', status: 202 },
    run: change
  },
  confirm_email_change: {
    on: 'collection',
    summary: 'Take another address by the token of the mail to it',
    input: Type.Object({ token }, { additionalProperties: false }),
    output: SUCCESS,
    access: anyone,
    transaction: false,
    http: { path: 'confirm-email-change' },
    run: confirm
  },
  cancel_email_change: {
    on: 'collection',
    summary: 'Keep or restore an address by the token of the mail to it; signs out everywhere',
    input: Type.Object({ token }, { additionalProperties: false }),
    output: SUCCESS,
    access: anyone,
    transaction: false,
    http: { path: 'cancel-email-change' },
    run: cancel
  }
} as const

import { dropTokens } from '../../one-time-tokens'
import { callerOf, recordSecurity } from '../../security'
import { authenticationOf } from '../../authentication'
import { ApiError } from '../../../errors/errors'
import { dropLinks } from './address-change'
import type { AccountChange } from './address-change'

const changesPassword = ({ data }: AccountChange) => Object.hasOwn(data as object, 'password')
const isHimself = ({ id, params: { user } }: AccountChange) =>
  user !== undefined && String(user.id) === String(id)

/** Whoever found somebody's token, or an open screen of theirs, must not thereby get the account for good. */
const refuseOwn = (context: AccountChange) => {
  if (!changesPassword(context) || !context.params.provider || !isHimself(context)) return
  const message = 'Change your own password by POST /auth/password, which asks for the current one'
  throw new ApiError('FORBIDDEN', { field: 'password', message })
}

/**
 * In the transaction of the change: no session that the old password opened outlives it, but the one that changed it, and no link
 * that was asked for with it leads to another address. Whoever may object to one still may.
 */
const endSessions = async (context: AccountChange) => {
  if (!changesPassword(context)) return
  const { app, id, params } = context
  const service = authenticationOf(app)
  const except = isHimself(context) ? params.user!.session_id : undefined
  const knex = params.transaction?.trx ?? app.get('postgresqlClient')
  await service.revokeAll(Number(id), { except, knex })
  await dropTokens(knex, Number(id), ['reset_password', 'confirm_email'])
  const facts = { ...callerOf(params), user_id: id, details: { by: params.user?.id ?? null } }
  // Not awaited: it needs a connection of its own, and this one is held until the commit.
  void recordSecurity(app, 'password_changed', facts)
}

export const credentialChange = {
  before: { update: [refuseOwn, dropLinks], patch: [refuseOwn, dropLinks] },
  after: { update: [endSessions], patch: [endSessions] }
}

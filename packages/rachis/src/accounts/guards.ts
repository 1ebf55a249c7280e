import { authenticationOf } from './authentication'
import type { SessionCache } from './consumers/sessions'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Hook } from '../service/hooks/context'
import { isExternal } from '../service/hooks/context'
import { inTurn } from '../service/hooks/phased'
import type { LimitName } from './limits'
import { countCaller } from './limits'
import { guardByCode } from './mfa'
import { guardEmail, guardRegistration } from './registration'

const limited =
  (app: Application, name: LimitName): Hook =>
  async ({ params }, next) => {
    await countCaller(app, name, params)
    await next()
  }

type Forget = (sessions: SessionCache, id: number | string) => void

/** Once it is committed; in other processes, and where the transaction is somebody else's, the feed does the same a little later. */
const forgetting =
  (app: Application, forget: Forget): Hook =>
  async (context, next) => {
    await next()
    const { sessions } = authenticationOf(app)
    const id = context.id ?? (context.data as { id?: number | string } | undefined)?.id
    if (id !== undefined) forget(sessions, id)
  }

const forgetUser = (app: Application) => forgetting(app, (sessions, id) => sessions.dropUser(Number(id)))
const changeOfAccount = (app: Application) =>
  inTurn(forgetUser(app), guardEmail, guardByCode(app, ['email', 'password']))

/** Nobody gives themselves for good what they were lent: a password, a key, another address. */
const refuseImpersonator: Hook = async (context, next) => {
  if (isExternal(context) && context.params.user?.impersonator_id)
    throw new ApiError('FORBIDDEN', { message: 'Only the user themselves may do this' })
  await next()
}

/** An administrator who acts as somebody else may read what is for the users themselves, and sign out. */
const isForUsersAlone = ({ effect, interactiveOnly, resource, name }: Operation) =>
  interactiveOnly && effect === 'write' && `${resource}.${name}` !== 'auth.logout'

const impersonationGuards = (models: readonly Model[]): Record<string, Hook> =>
  Object.fromEntries(
    models
      .flatMap(({ operations }) => operations)
      .filter(isForUsersAlone)
      .map(({ resource, name }) => [`${resource}.${name}`, refuseImpersonator])
  )

/** What stands before operations, on every transport and under every path: `resource.operation`. */
export const guardsOf = (app: Application, models: readonly Model[]): Readonly<Record<string, Hook>> => {
  const own = accountGuards(app)
  const guards = impersonationGuards(models)
  for (const [name, guard] of Object.entries(own)) guards[name] = inTurn(guards[name], guard)

  return guards
}

const accountGuards = (app: Application): Readonly<Record<string, Hook>> => ({
  'users.create': guardRegistration(app),
  'users.patch': changeOfAccount(app),
  'users.update': changeOfAccount(app),
  'users.remove': forgetUser(app),
  'api_keys.create': guardByCode(app),
  'api_keys.revoke': forgetting(app, (sessions, id) => sessions.dropRecord(`api_keys/${id}`)),
  'auth.change_password': guardByCode(app),
  'auth.change_email': guardByCode(app),
  'auth.oauth_link': guardByCode(app),
  'identities.unlink': guardByCode(app),
  'auth.refresh': limited(app, 'refresh_address'),
  'auth.reset_password': limited(app, 'token_address'),
  'auth.verify_email': limited(app, 'token_address'),
  'auth.confirm_email_change': limited(app, 'token_address'),
  'auth.cancel_email_change': limited(app, 'token_address')
})

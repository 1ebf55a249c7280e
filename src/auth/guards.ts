import type { Application } from '../declarations'
import type { Hook } from '../hooks/context'
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

/** One guard behind another. */
const inTurn =
  (outer: Hook, inner: Hook): Hook =>
  (context, next) =>
    outer(context, () => inner(context, next))

/** What stands before operations that anybody may call, on every transport and under every path: `resource.operation`. */
export const guardsOf = (app: Application): Readonly<Record<string, Hook>> => ({
  'users.create': guardRegistration(app),
  'users.patch': inTurn(guardEmail, guardByCode(app, ['email', 'password'])),
  'users.update': inTurn(guardEmail, guardByCode(app, ['email', 'password'])),
  'api_keys.create': guardByCode(app),
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

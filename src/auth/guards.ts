import type { Application } from '../declarations'
import type { Hook } from '../hooks/context'
import type { LimitName } from './limits'
import { countCaller } from './limits'
import { guardEmail, guardRegistration } from './registration'

const limited =
  (app: Application, name: LimitName): Hook =>
  async ({ params }, next) => {
    await countCaller(app, name, params)
    await next()
  }

/** What stands before operations that anybody may call, on every transport and under every path: `resource.operation`. */
export const guardsOf = (app: Application): Readonly<Record<string, Hook>> => ({
  'users.create': guardRegistration(app),
  'users.patch': guardEmail,
  'users.update': guardEmail,
  'auth.refresh': limited(app, 'refresh_address'),
  'auth.reset_password': limited(app, 'token_address'),
  'auth.verify_email': limited(app, 'token_address'),
  'auth.confirm_email_change': limited(app, 'token_address'),
  'auth.cancel_email_change': limited(app, 'token_address')
})

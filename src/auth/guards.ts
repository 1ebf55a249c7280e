import type { Application } from '../declarations'
import type { Hook } from '../hooks/context'
import type { LimitName } from './limits'
import { countCaller } from './limits'
import { guardRegistration } from './registration'

const limited =
  (app: Application, name: LimitName): Hook =>
  async ({ params }, next) => {
    await countCaller(app, name, params)
    await next()
  }

/** What stands before operations that anybody may call, on every transport and under every path: `resource.operation`. */
export const guardsOf = (app: Application): Readonly<Record<string, Hook>> => ({
  'users.create': guardRegistration(app),
  'auth.refresh': limited(app, 'refresh_address')
})

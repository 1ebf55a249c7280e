import type { AuthenticationParams } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import { authenticationOf } from '../../authentication'
import { recordOf, Type } from '../../../declare'
import type { ActionContext } from '../../../declare'
import { users } from '../users/users'

/** The user who signed in, as a read of their record gives it. */
export const user = recordOf(users)
const tokens = {
  access_token: Type.String(),
  refresh_token: Type.Optional(Type.String({ description: 'Not where it is in a cookie' })),
  csrf_token: Type.Optional(Type.String({ description: 'Where the session is kept by cookies' })),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer()
}
/** What signing in answers, by whichever way. */
export const session = Type.Object({ user, ...tokens })

export interface Tokens {
  user: Record<string, unknown>
  accessToken: string
  refresh_token: string
}
export type Context = Pick<ActionContext<unknown>, 'app' | 'params'>

export const authentication = ({ app }: Context) => authenticationOf(app)

/** Signing in on a socket signs the connection in, as Feathers' own service does. */
export const transport = (params: Params) =>
  ({ ...params, provider: params.connection ? 'socketio' : 'rest' }) as AuthenticationParams

/** @example answer(context, { user, ...(await authentication(context).open(user)) }) */
export const answer = ({ app }: Context, { user: signedIn, accessToken, refresh_token }: Tokens) => ({
  // Without the memberships that rules see them with.
  user: Object.fromEntries(Object.keys(user.properties).map((name) => [name, signedIn[name]])),
  access_token: accessToken,
  refresh_token,
  token_type: 'bearer',
  expires_in: app.get('auth').access_ttl
})

import type { AuthenticationParams } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import { callerOf } from '../../auth/security'
import type { SessionAuthentication } from '../../authentication'
import { anyone, authenticated, defineResource, recordOf, Type } from '../../resource'
import type { ActionContext, ServiceOf } from '../../resource'
import { users } from '../users/users'

const { email, username, password, first_name, last_name } = users.spec.fields
const user = recordOf(users)
const tokens = {
  access_token: Type.String(),
  refresh_token: Type.String(),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer()
}
const session = Type.Object({ user, ...tokens })

interface Tokens {
  user: Record<string, unknown>
  accessToken: string
  refresh_token: string
}
type Context = Pick<ActionContext<unknown>, 'app' | 'params'>

const authentication = ({ app }: Context) =>
  app.service('authentication' as never) as unknown as SessionAuthentication

/** Signing in on a socket signs the connection in, as Feathers' own service does. */
const transport = (params: Params) =>
  ({ ...params, provider: params.connection ? 'socketio' : 'rest' }) as AuthenticationParams

const answer = ({ app }: Context, { user: signedIn, accessToken, refresh_token }: Tokens) => ({
  // Without the memberships that rules see him with.
  user: Object.fromEntries(Object.keys(user.properties).map((name) => [name, signedIn[name]])),
  access_token: accessToken,
  refresh_token,
  token_type: 'bearer',
  expires_in: app.get('auth').access_ttl
})

const login = async (context: Context, { email, password }: { email: string; password: string }) => {
  const result = await authentication(context).create(
    { strategy: 'local', email, password },
    transport(context.params)
  )
  return answer(context, result as unknown as Tokens)
}

export const auth = defineResource('auth', {
  description: 'Signing in and out',
  table: false,
  fields: {},
  access: {},
  actions: {
    register: {
      on: 'collection',
      summary: 'Make an account and sign in',
      input: Type.Object(
        {
          email,
          username,
          password,
          first_name: Type.Optional(first_name),
          last_name: Type.Optional(last_name)
        },
        { additionalProperties: false }
      ),
      output: session,
      access: anyone,
      transaction: false,
      http: { status: 201 },
      async run(data, context) {
        await context.app.service('users').create(data, callerOf(context.params) as Params)

        return login(context, data)
      }
    },
    login: {
      on: 'collection',
      summary: 'Sign in with email and password',
      input: Type.Object(
        { email: Type.String(), password: Type.String({ format: 'password' }) },
        { additionalProperties: false }
      ),
      output: session,
      access: anyone,
      transaction: false,
      run: (data, context) => login(context, data)
    },
    refresh: {
      on: 'collection',
      summary: 'A new pair of tokens for a refresh token, which is spent by it',
      input: Type.Object({ refresh_token: Type.String() }, { additionalProperties: false }),
      output: session,
      access: anyone,
      transaction: false,
      async run({ refresh_token }, context) {
        return answer(context, await authentication(context).refresh(refresh_token))
      }
    },
    logout: {
      on: 'collection',
      summary: 'End this session: its tokens stop working at once',
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({ success: Type.Boolean() }),
      access: authenticated,
      transaction: false,
      async run(_data, context) {
        await authentication(context).remove(null, transport(context.params))
        return { success: true }
      }
    }
  },
  reports: {
    me: {
      summary: 'Who is signed in',
      input: Type.Object({}, { additionalProperties: false }),
      output: user,
      access: authenticated,
      run: async (_input, { app, user }) => app.service('users').get(user!.id)
    }
  }
})

declare module '../../declarations' {
  interface ServiceTypes {
    auth: ServiceOf<typeof auth>
  }
}

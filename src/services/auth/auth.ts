import type { Params } from '@feathersjs/feathers'
import { callerOf } from '../../auth/security'
import { anyone, authenticated, defineResource, Type } from '../../resource'
import type { ServiceOf } from '../../resource'
import { users } from '../users/users'
import { oauthActions, oauthReports } from './oauth'
import { ownPassword } from './password'
import { answer, authentication, session, transport, user } from './session'
import type { Context, Tokens } from './session'
import { signOut } from './sign-out'

const { email, username, password, first_name, last_name } = users.spec.fields
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
  in_person: true,
  actions: {
    ...oauthActions,
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
        return answer(context, await authentication(context).refresh(refresh_token, context.params))
      }
    },
    ...signOut,
    ...ownPassword
  },
  reports: {
    ...oauthReports,
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

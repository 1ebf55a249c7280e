import { anyone, authenticated, defineResource, Type } from '../../../declare'
import type { ServiceOf } from '../../../declare'
import { emailChange } from './email-change'
import { links } from './links'
import { mfa, mfaReports } from './mfa'
import { oauthActions, oauthReports } from './oauth'
import { ownPassword } from './password'
import { recovery } from './recovery'
import { makeAccount, makeQuietly, registration } from './register'
import { answer, authentication, session, transport, user } from './session'
import type { Context, Tokens } from './session'
import { signOut } from './sign-out'

const login = async (context: Context, data: { email: string; password: string; code?: string }) => {
  const { email, password, code } = data
  const result = await authentication(context).create(
    { strategy: 'local', email, password, code },
    transport(context.params)
  )
  return answer(context, result as unknown as Tokens)
}

export const auth = defineResource('auth', {
  description: 'Signing in and out',
  table: false,
  fields: {},
  access: {},
  // Room for the longest password that argon2id takes; open to all, so nothing larger is read.
  limits: { body: 8192 },
  interactive_only: true,
  actions: {
    ...oauthActions,
    register: {
      on: 'collection',
      summary: 'Make an account and sign in',
      ...registration,
      access: anyone,
      transaction: false,
      http: { status: 201 },
      async run(data, context) {
        if (context.app.get('auth').require_verified_email) return makeQuietly(context, data)
        await makeAccount(context, data)

        return login(context, data)
      }
    },
    login: {
      on: 'collection',
      summary: 'Sign in with email and password, and a code where there is a second factor',
      input: Type.Object(
        {
          email: Type.String(),
          password: Type.String({ format: 'password' }),
          code: Type.Optional(Type.String({ maxLength: 64, examples: ['123456'] }))
        },
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
    ...ownPassword,
    ...recovery,
    ...emailChange,
    ...mfa,
    ...links
  },
  reports: {
    ...oauthReports,
    ...mfaReports,
    me: {
      summary: 'Who is signed in',
      input: Type.Object({}, { additionalProperties: false }),
      output: user,
      access: authenticated,
      run: async (_input, { app, user }) => app.service('users').get(user!.id)
    }
  }
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    auth: ServiceOf<typeof auth>
  }
}

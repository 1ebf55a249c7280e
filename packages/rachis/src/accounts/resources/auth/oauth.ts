import type { Params } from '@feathersjs/feathers'
import type { Code } from '../../oauth/flow'
import { isOwnCode, readCode, sealTicket } from '../../oauth/flow'
import { configuredProviders } from '../../oauth/settings'
import { challenge } from '../../oauth/start'
import { callerOf, recordSecurity } from '../../security'
import { link } from '../../oauth/link'
import { ApiError, validationError } from '../../../errors/errors'
import { errors } from '../../errors'
import type { Action, Report } from '../../../declare'
import { anyone, authenticated, recordOf, Type } from '../../../declare'
import { identities } from '../identities/identities'
import { requireOwner, self } from './mfa'
import type { Context, Tokens } from './session'
import { answer, authentication, session } from './session'
import { PREFIX } from '../../../model/prefix'

const oauthRefused = () => new ApiError(errors.OAUTH_REFUSED)

const verifier = Type.String({
  pattern: '^[A-Za-z0-9._~-]{43,128}$',
  description: 'Of RFC 7636',
  examples: ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk']
})
const handedOver = Type.Object(
  { code: Type.String({ maxLength: 4096 }), code_verifier: verifier },
  { additionalProperties: false }
)
const begin = Type.Object(
  {
    provider: Type.String({ maxLength: 30 }),
    code_challenge: challenge,
    password: Type.Optional(Type.String({ format: 'password' }))
  },
  { additionalProperties: false }
)
const nothing = Type.Object({}, { additionalProperties: false })

const refuse = async ({ app, params }: Context, reason: string) => {
  await recordSecurity(app, 'oauth_refused', { ...callerOf(params), details: { reason } })
  throw oauthRefused()
}

const readOwn = async (
  context: Context,
  { code, code_verifier }: { code: string; code_verifier: string }
) => {
  const found = await readCode(context.app, code)
  if (!found || !isOwnCode(found, code_verifier)) return refuse(context, found ? 'foreign_code' : 'bad_code')

  return found
}

/** The session takes the name that the code has for it, so there is one for one code, whoever else asks at the same time. */
const openFor = async (context: Context, { user_id, jti }: Code) => {
  try {
    return await authentication(context).open({ id: user_id, sid: jti }, context.params)
  } catch (error) {
    if ((error as Partial<ApiError>).errorCode !== 'DUPLICATE') throw error
    // RFC 6749, section 4.1.2: whoever holds it too may be anybody.
    await authentication(context).revoke(jti)
    return refuse(context, 'code_reused')
  }
}

const exchange: Action<unknown, typeof handedOver> = {
  on: 'collection',
  summary: 'Tokens for the code that a log-in by a provider handed over: once, and by the one who began it',
  input: handedOver,
  output: session,
  access: anyone,
  transaction: false,
  http: { path: 'oauth/exchange' },
  async run(data, context) {
    const code = await readOwn(context, data)
    if (code.identity) return refuse(context, 'code_for_linking')
    const user = await authentication(context).principalOf(code.user_id)
    const tokens = await openFor(context, code)

    return answer(context, { user, ...tokens } as unknown as Tokens)
  }
}

const start: Action<unknown, typeof begin> = {
  on: 'collection',
  summary: 'Begin to link a provider to the account that is signed in: send the browser to the answer’s url',
  input: begin,
  output: Type.Object({ url: Type.String() }),
  access: authenticated,
  transaction: false,
  http: { path: 'oauth/link' },
  async run({ provider, code_challenge, password }, context) {
    const { app } = context
    const { id } = self(context)
    await requireOwner(context, password)
    const names = configuredProviders(app.get('oauth')).map(([name]) => name)
    if (!names.includes(provider))
      throw validationError([{ field: 'provider', message: 'is not offered', rule: 'enum', expected: names }])
    const ticket = await sealTicket(app, {
      provider,
      challenge: code_challenge,
      user_id: id
    })

    return { url: `${app.get('public_url').replace(/\/$/, '')}${PREFIX}/oauth/${provider}?ticket=${ticket}` }
  }
}

const confirm: Action<unknown, typeof handedOver> = {
  on: 'collection',
  summary: 'Link the provider whose code was handed over to the account that is signed in and began it',
  input: handedOver,
  output: recordOf(identities),
  access: authenticated,
  transaction: false,
  http: { path: 'oauth/confirm', status: 201 },
  async run(data, context) {
    const { app, params } = context
    const { id, email } = self(context)
    const { identity, user_id, provider } = await readOwn(context, data)
    if (!identity || user_id !== id) return refuse(context, 'code_of_another')

    return link(app, { id, email }, { provider, ...identity }, callerOf(params as Params))
  }
}

const providers: Report<typeof nothing> = {
  summary: 'The providers that one can sign in by, at /oauth/{provider}',
  input: nothing,
  output: Type.Object({ data: Type.Array(Type.Object({ name: Type.String() })) }),
  access: anyone,
  run: async (_input, { app }) => ({
    data: configuredProviders(app.get('oauth')).map(([name]) => ({ name }))
  })
}

/** Signing in by providers, as far as clients call it; browsers walk by src/auth/oauth/routes.ts. */
export const oauthActions = { oauth_exchange: exchange, oauth_link: start, oauth_confirm: confirm }
export const oauthReports = { providers }

import { createHash } from 'crypto'
import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import type { Context } from 'koa'
import { lazyValidator } from '../../model/validator'
import type { Application } from '../../declare/declarations'
import { ApiError, validationError } from '../../errors/errors'
import { errors } from '../errors'
import { putCookie } from '../cookies'
import type { Flow, Ticket } from './flow'
import { FLOW_SECONDS, readTicket, sealFlow } from './flow'
import type { Provider } from './provider'
import { redirectTarget } from './redirect'
import { PREFIX } from '../../model/prefix'

export const challenge = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'S256 of RFC 7636',
  examples: ['E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM']
})
const query = Type.Object(
  {
    redirect: Type.Optional(Type.String({ maxLength: 2000 })),
    response: Type.Optional(
      Type.Union([Type.Literal('token'), Type.Literal('code'), Type.Literal('cookie')])
    ),
    code_challenge: Type.Optional(challenge),
    code_challenge_method: Type.Optional(Type.Literal('S256')),
    ticket: Type.Optional(Type.String({ maxLength: 4096 }))
  },
  { additionalProperties: false }
)
type Query = Static<typeof query>
const problems = lazyValidator(query)

const readStart = (found: unknown): Query => {
  const details = problems(found)
  const unknown = details.find(({ rule }) => rule === 'additionalProperties')
  if (unknown)
    throw new ApiError('BAD_QUERY', {
      field: unknown.field,
      message: `${unknown.field} is not a parameter here`
    })
  if (details.length > 0) throw validationError(details)

  return found as Query
}

const required = (field: string) => validationError([{ field, message: 'is required', rule: 'required' }])

const ticketOf = async (app: Application, provider: Provider, text: string | undefined) => {
  if (text === undefined) return undefined
  const ticket = await readTicket(app, text)
  if (ticket?.provider !== provider.name) throw new ApiError(errors.OAUTH_REFUSED)

  return ticket
}

/** What a code is bound to: for linking the challenge that came with the user's token, and no other. */
const responseOf = (
  found: Query,
  ticket: Ticket | undefined,
  hasCookies: boolean
): Pick<Flow, 'response' | 'challenge' | 'link'> => {
  if (ticket) return { response: 'code', challenge: ticket.challenge, link: ticket.user_id }
  if (found.response !== 'code') return { response: found.response ?? (hasCookies ? 'cookie' : 'token') }
  if (!found.code_challenge) throw required('code_challenge')

  return { response: 'code', challenge: found.code_challenge }
}

/** Each log-in has a cookie of its own, so that two tabs do not take it from each other. */
export const flowCookie = (state: string): `__Host-${string}` =>
  `__Host-oauth-${createHash('sha256').update(state).digest('hex').slice(0, 16)}`

/** Where this server is reached. */
const ownUrl = (app: Application, ctx: Context): string =>
  app.get('public_url').replace(/\/$/, '') || `${ctx.protocol}://${ctx.host}`

const callbackOf = (app: Application, ctx: Context, { name }: Provider): string =>
  `${ownUrl(app, ctx)}${PREFIX}/oauth/${name}/callback`

/** `GET /oauth/{provider}`: to the provider, with a cookie that knows of it. */
export const start = async (app: Application, ctx: Context, provider: Provider) => {
  const found = readStart(ctx.request.query)
  const { origin } = new URL(ownUrl(app, ctx))
  const target = redirectTarget(found.redirect, app.get('oauth').redirect_origins, origin)
  const hasCookies = app.get('auth').cookies.enabled
  if (found.response === 'cookie' && !hasCookies)
    throw validationError([{ field: 'response', message: 'is switched off', rule: 'enum' }])
  const response = responseOf(found, await ticketOf(app, provider, found.ticket), hasCookies)
  const redirect_uri = callbackOf(app, ctx, provider)
  const { location, checks } = await provider.begin(redirect_uri)
  const flow: Flow = {
    provider: provider.name,
    checks,
    redirect_uri,
    ...response,
    ...(target ? { target } : {})
  }
  putCookie(ctx, flowCookie(checks.state), await sealFlow(app, flow), {
    maxAge: FLOW_SECONDS,
    sameSite: 'lax'
  })
  ctx.set('Cache-Control', 'no-store')
  ctx.redirect(location)
}

import { randomUUID } from 'crypto'
import type { Params } from '@feathersjs/feathers'
import type { Context } from 'koa'
import type { SessionAuthentication } from '../authentication'
import type { Application, Principal } from '../../declare/declarations'
import { ApiError, toApiError } from '../../errors/errors'
import { dropCookie, readCookie } from '../cookies'
import { callerOf, recordSecurity } from '../security'
import type { FlowParams } from '../strategies/oauth'
import type { Code, Flow } from './flow'
import { readFlow, sealCode } from './flow'
import { profileOf } from './profile'
import type { Provider, ProviderAnswer } from './provider'
import { oauthRefused } from './refused'
import { withFragment } from './redirect'
import { flowCookie } from './start'

interface Call {
  readonly app: Application
  readonly ctx: Context
  readonly provider: Provider
}
const textIn = (ctx: Context, name: string): string | undefined => {
  const value = (ctx.request.query as Record<string, unknown>)[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const authentication = (app: Application) => app.defaultAuthentication!() as unknown as SessionAuthentication

/** The flow that this browser began, which ends with this, however it ends. RFC 6749, section 10.12. */
const flowOf = async ({ app, ctx }: Call): Promise<Flow> => {
  const state = textIn(ctx, 'state')
  if (!state) throw oauthRefused('no_state')
  const name = flowCookie(state)
  const flow = await readFlow(app, readCookie(ctx.req, name))
  if (flow?.checks.state !== state) throw oauthRefused('foreign_state')
  dropCookie(ctx, name)

  return flow
}

/** The answer is of the provider that was asked, says so where it says anything, and is no error. RFC 9207. */
const codeOf = async ({ ctx, provider }: Call, flow: Flow): Promise<string> => {
  if (flow.provider !== provider.name) throw oauthRefused('mixed_up')
  if (!(await provider.isIssuer(textIn(ctx, 'iss')))) throw oauthRefused('issuer')
  if (textIn(ctx, 'error')) throw oauthRefused('provider_error', 'The provider refused the log-in')
  const code = textIn(ctx, 'code')
  if (!code) throw oauthRefused('no_code')

  return code
}

const linkCode = async ({ app, provider }: Call, flow: Flow, answer: ProviderAnswer): Promise<string> => {
  const { subject, email } = await profileOf(answer, provider)
  const identity = { subject, ...(email ? { email } : {}) }

  return sealCode(app, { ...codeFor(flow, flow.link!), identity })
}

const codeFor = ({ challenge, provider }: Flow, user_id: number): Code => ({
  jti: randomUUID(),
  challenge: challenge!,
  user_id,
  provider
})

const signIn = async ({ app, ctx, provider }: Call, answer: ProviderAnswer): Promise<Principal> => {
  const caller = callerOf(ctx.feathers ?? {})
  const params: FlowParams = { ...caller, flow: { provider, answer } }
  const result = await authentication(app).authenticate({ strategy: 'oauth' }, params, 'oauth')
  const user = result.user as Principal
  const facts = { ...caller, user_id: user.id, email: user.email, details: { strategy: provider.name } }
  await recordSecurity(app, 'login_succeeded', facts)

  return user
}

/** What the client is handed: a code that it exchanges, or an access token as Feathers' clients read it. */
const handOver = async (call: Call, flow: Flow): Promise<Record<string, string>> => {
  const { app, ctx, provider } = call
  const answer = await provider.finish(flow, await codeOf(call, flow), textIn(ctx, 'iss'))
  if (flow.link !== undefined) return { code: await linkCode(call, flow, answer) }
  const user = await signIn(call, answer)
  if (flow.response === 'code') return { code: await sealCode(app, codeFor(flow, user.id)) }
  const { accessToken, refresh_token } = await authentication(app).open(user, {
    ...ctx.feathers,
    headers: ctx.headers
  } as Params)

  if (flow.response === 'token') return { access_token: accessToken }
  app.get('cookieSessions')!.put(ctx, { access_token: accessToken, refresh_token })

  return {}
}

const record = ({ app, ctx, provider }: Call, error: ApiError & { reason?: string }) =>
  recordSecurity(app, 'oauth_refused', {
    ...callerOf(ctx.feathers ?? {}),
    details: { provider: provider.name, reason: error.reason ?? error.errorCode }
  })

/** `GET /oauth/{provider}/callback`: whatever the outcome, the browser goes back to where it came from, if that is known. */
export const callback = async (call: Call) => {
  const { ctx } = call
  ctx.set('Cache-Control', 'no-store')
  // The page that this address leads to must not learn the address itself.
  ctx.set('Referrer-Policy', 'no-referrer')
  let flow: Flow | undefined
  try {
    flow = await flowOf(call)
    const facts = await handOver(call, flow)
    if (flow.target) ctx.redirect(withFragment(flow.target, facts))
    else ctx.body = facts
  } catch (thrown) {
    const error = toApiError(thrown)
    await record(call, error)
    if (!flow?.target || error.code === 500) throw error
    ctx.redirect(withFragment(flow.target, { error: error.message, error_code: error.errorCode }))
  }
}

import { createHash } from 'crypto'
import type { Application, Principal } from '../../declare/declarations'
import { ApiError } from '../../errors/errors'
import { stableJson } from '../../util/stable-json'
import type { CallIdentity, Recalled, RememberedAnswer, RememberedAnswers } from '../remembered-answers'
import type { CallContext, Hook, NextFunction } from './context'
import { isExternal } from './context'
import { aroundSome, inTurn } from './phased'

/** The name of the header; a socket sends it as `$idempotency_key` of its query. */
const HEADER = 'idempotency-key'
const KEY = /^[\x21\x23-\x7e]{1,255}$/

const hash = (value: unknown) => createHash('sha256').update(stableJson(value)).digest()

/**
 * The draft writes the key as a structured string, in quotes; most clients send it without.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
const keyFrom = (header: unknown): string | undefined => {
  if (header === undefined) return undefined
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : ''
  if (KEY.test(key)) return key
  const message = 'Idempotency-Key must have 1 to 255 visible ASCII characters'
  throw new ApiError('BAD_REQUEST', {
    field: 'Idempotency-Key',
    message,
    hint: 'Send a new UUID for each call'
  })
}

/** Whose key it is: nobody can meet another caller's answers. */
const callerOf = (user: Principal | undefined) => (user ? [user.id, user.impersonator_id ?? null] : null)

const identityOf = (key: string, { path, method, id, data, params }: CallContext): CallIdentity => ({
  id: hash([callerOf(params.user), key]),
  fingerprint: hash([path, method, id ?? null, data ?? null, params.query ?? {}])
})

const inProgress = () => new ApiError('REQUEST_IN_PROGRESS', { headers: { 'Retry-After': '1' } })

/** @throws IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS */
const answerIn = (recalled: NonNullable<Recalled>, { fingerprint }: CallIdentity): RememberedAnswer => {
  if (!recalled.fingerprint.equals(fingerprint)) throw new ApiError('IDEMPOTENCY_KEY_REUSED')
  if (!recalled.answer) throw inProgress()

  return recalled.answer
}

/** Whether a call carries an idempotency key, well or badly written. */
export const hasKey = ({ params: { headers } }: CallContext): boolean => headers?.[HEADER] !== undefined

/** The key is that of this call: what it calls in turn, with its parameters, is part of it. */
const withoutKey = ({ params }: CallContext) => {
  const { [HEADER]: _key, ...headers } = params.headers ?? {}

  return { ...params, headers }
}

const setAnswer = (context: CallContext, { result, http, tx }: RememberedAnswer) => {
  const { headers } = http as { headers?: object }
  context.result = result
  if (context.params.receipt) context.params.receipt.tx = tx
  context.http = { ...http, headers: { ...headers, 'Idempotency-Replayed': 'true' } }
  // Nothing happens, so Feathers has no event to emit.
  context.event = null
}

const rememberedOf = ({ app }: CallContext): RememberedAnswers => (app as Application).get('remembered')

/**
 * Answers a call that carries a key as the first call with this key was answered, without making it again.
 *
 * @param shown the stages that read what is asked of the answer and show it: what was remembered is shown by the rights of today
 */
export const idempotency = (shown: readonly (Hook | undefined)[]): Hook => {
  const show = inTurn(...shown)

  return aroundSome((context) => {
    const key = isExternal(context) ? keyFrom(context.params.headers?.[HEADER]) : undefined

    return key === undefined ? undefined : (next) => answerByKey(key, { show, context, next })
  })
}

interface KeyedCall {
  readonly show: Hook
  readonly context: CallContext
  readonly next: NextFunction
}

const answerByKey = async (key: string, { show, context, next }: KeyedCall): Promise<void> => {
  const identity = identityOf(key, context)
  context.params = withoutKey(context)
  const recalled = await rememberedOf(context).recall(identity, context.params.transaction?.trx)
  if (recalled) {
    const answer = answerIn(recalled, identity)
    return show(context, async () => setAnswer(context, answer))
  }
  context.params = { ...context.params, idempotency: identity }

  return next()
}

/** Whether the answer of a call is to be remembered: in the transaction of what it writes. */
export const isRemembered = ({ params }: CallContext): boolean => params.idempotency !== undefined

const answerOf = ({ result, http, params }: CallContext): RememberedAnswer => ({
  result,
  http: http ?? {},
  tx: params.receipt?.tx
})

const takeIdentity = (context: CallContext): CallIdentity | undefined => {
  if (!isRemembered(context)) return undefined
  const { idempotency: identity, ...params } = context.params
  context.params = params

  return identity
}

/** Remembers the answer of a call with a key in its transaction: either both are there or none of them. */
export const rememberAnswer: Hook = aroundSome((context) => {
  const identity = takeIdentity(context)

  return identity && ((next) => rememberedAfter(identity, context, next))
})

const rememberedAfter = async (identity: CallIdentity, context: CallContext, next: NextFunction) => {
  const remembered = rememberedOf(context)
  const { trx } = context.params.transaction!
  if (!(await remembered.lock(identity, trx))) throw inProgress()
  await next()
  if (!(await remembered.remember(identity, answerOf(context), trx))) throw inProgress()
}

/**
 * The same for a call that runs without a transaction, such as one that waits for another server: where its process dies between the
 * effect and the answer, the key may be used again a minute later.
 */
export const rememberApart: Hook = async (context, next) => {
  const identity = takeIdentity(context)
  if (!identity) return next()
  const remembered = rememberedOf(context)
  if (!(await remembered.claim(identity))) throw inProgress()
  try {
    await next()
  } catch (error) {
    await remembered.forget(identity)
    throw error
  }
  await remembered.complete(identity, answerOf(context))
}

declare module '../../declare/declarations' {
  interface Configuration {
    remembered: RememberedAnswers
  }
}

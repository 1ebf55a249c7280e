import type { Knex } from 'knex'
import type { ModuleContext } from '../module'
import type { Principal } from '../declare/declarations'
import type { Model } from '../model/model'
import { readableRows, requireSearchable } from '../query/readable'
import { readerOf } from '../query/query-scope'
import { ApiError } from '../errors/errors'
import type { TraceCarrier } from '../util/span'
import type { EnqueueContext, JobContext } from './define-job'

/** What is stored with a job. */
export interface Envelope {
  readonly job: string
  readonly input: unknown
  readonly user_id?: string
  readonly trace_id?: string
  /** The trace of the call that has enqueued it. */
  readonly trace?: TraceCarrier
}

/** Whoever enqueued it, as they are now; nobody where they cannot sign in any more. */
export const userOf = async (
  { app }: ModuleContext,
  { user_id }: Pick<Envelope, 'user_id'>
): Promise<Principal | null> => {
  if (user_id === undefined) return null
  const refuse = (error: unknown) => {
    if (error instanceof ApiError && error.code === 401) return undefined
    throw error
  }

  return (await app.get('identity').principalOf?.(user_id).catch(refuse)) ?? null
}

const modelNamed = (models: readonly Model[], name: string): Model => {
  const model = models.find((one) => one.name === name)
  if (!model) throw new Error(`There is no resource ${name}`)

  return model
}

/** What the handler is given: the context of an action, under the rights of whoever enqueued the job. */
export const contextFor = (
  { app, knex: pool, models }: ModuleContext,
  { trace_id }: Envelope,
  user: Principal | null,
  trx: Knex.Transaction | undefined
): Omit<JobContext, 'id' | 'attempt' | 'signal' | 'progress'> => {
  const knex = trx ?? pool
  const params = { ...(user ? { user } : {}), trace_id, ...(trx ? { transaction: { trx } } : {}) }
  const caller = { ...params, provider: 'job', authenticated: true }

  return {
    app,
    user,
    knex,
    params,
    asCaller: caller as object,
    readable: (name) =>
      readableRows(knex, requireSearchable(modelNamed(models, name), caller), readerOf(user))
  }
}

/** Says to the change feed who makes the changes of this transaction. */
export const announce = async (
  trx: Knex.Transaction,
  { trace_id }: Envelope,
  user: Principal | null
): Promise<void> => {
  const change = { user_id: user?.id ?? null, trace_id }
  await trx.raw(`select set_config('app.context', ?, true)`, [JSON.stringify(change)])
}

/** What an envelope says of whoever enqueues. */
export const callerOf = ({ user, params }: EnqueueContext) => {
  const { user: caller = user, trace_id } = (params ?? {}) as { user?: EnqueueContext['user']; trace_id?: string } // prettier-ignore
  return { ...(caller ? { user_id: String(caller.id) } : {}), ...(trace_id ? { trace_id } : {}) }
}

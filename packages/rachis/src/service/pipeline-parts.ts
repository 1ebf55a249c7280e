import type { Knex } from 'knex'
import type { Model } from '../model/model'
import type { RateLimits } from '../rules/rate-limits'
import type { CallContext, Hook } from './hooks/context'
import { hasKey } from './hooks/idempotency'
import { preconditions } from './hooks/preconditions'
import type { Secrets } from './hooks/prepare'
import { readSource } from './hooks/read-source'
import { isTransition } from './hooks/transition'
import { hasConditions } from './record-conditions'

/** What the stages need besides the model. */
export interface PipelineOptions {
  readonly knex: Knex
  readonly passwords: Secrets
  /** What stands before an operation once it is known who calls: `users.create`. */
  readonly guards?: Readonly<Record<string, Hook>>
  /** Undefined where requests are not limited. */
  readonly rates?: RateLimits
  /** Whether hooks run behind the pipeline: those of the declaration, and any that somebody has registered since. */
  readonly hasOtherHooks: () => boolean
  /** Whether there is a copy of the primary that reads may go to. */
  readonly hasReplica?: boolean
  /** Called after every committed write. */
  readonly wake: () => void
}

/** One stage: its name, and the hook that it is; undefined where this resource needs none. */
export type Stage = readonly [name: string, hook: Hook | undefined]

/**
 * The way of a call, from the outside in: each stage runs around those behind it. Behind the last one come hooks of the declaration and
 * the method of the service. docs/architecture.md shows the same lists.
 */
export type Pipeline = readonly Stage[]

/** The same, with what follows from the model. */
export type Parts = PipelineOptions & {
  readonly model: Model
  readonly hasHooks: boolean
  /** Where a write needs more than one statement. */
  readonly inTransaction: (isNeeded: (context: CallContext) => boolean) => Hook
}

/** What a write asks of the record that it changes; undefined where clients cannot call the method. */
export const preconditionsOf = (
  { model, hasHooks, hasOtherHooks }: Parts,
  method: string
): Hook | undefined => {
  const operation = model.operations.find(({ name }) => name === method)
  const stepsOf = isTransition(model)
  const runsBefore = (context: CallContext) => hasHooks || hasOtherHooks() || stepsOf(context)

  return operation && preconditions({ model, operation, runsBefore })
}

export const guardOf = ({ guards, model }: Parts, method: string) => guards?.[`${model.name}.${method}`]

/**
 * Whether something asks the database for a call before its write does: then it has its share from there on. Any other call waits for one
 * when it is ready to write: what is refused by its rule or its data needs none, and no share is held while a call is validated.
 */
export const asksFirst = (parts: Parts, method: string): ((context: CallContext) => boolean) => {
  const hasSecrets = [...parts.model.fields.values()].some(({ hash }) => hash !== undefined)
  const isAsked = hasSecrets || guardOf(parts, method) !== undefined

  return (context) => isAsked || hasKey(context) || hasConditions(context.params.headers)
}

/** @param isOwn whether code of the declaration reads */
export const sourceOf = ({ hasReplica, model }: Parts, isOwn = false): Hook | undefined =>
  hasReplica ? readSource(model, { isOwn }) : undefined

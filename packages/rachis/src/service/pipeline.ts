import type { Knex } from 'knex'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Written } from '../model/schemas'
import { mayApply } from '../rules/policy'
import { hasIncludes } from './hooks/answer-query'
import { identify } from './hooks/authenticate'
import { authorize, authorizeCreation, authorizeResult, explainDenial, touchesRule } from './hooks/authorize'
import { authorizeCreated, authorizeWritten, hasGuarded, isGuarded } from './hooks/authorize-written'
import { boundData } from './hooks/bound-data'
import { recordChange } from './hooks/change'
import type { CallContext, Hook } from './hooks/context'
import { asksParents, holdParentsOf, needsParents } from './hooks/hold-parents'
import { include, includeWritten } from './hooks/include'
import { paginate } from './hooks/paginate'
import type { Secrets } from './hooks/prepare'
import { prepare } from './hooks/prepare'
import { project } from './hooks/project'
import { askInputReferences, askReferences, assertFirst } from './hooks/references'
import { share } from './hooks/share'
import { transaction } from './hooks/transaction'
import { isTransition, step } from './hooks/transition'
import { acceptUnchanged, authorizeFields } from './hooks/unchanged'
import { validateData, validateId, validateInput, validateQuery } from './hooks/validate'

/** What the stages need besides the model. */
export interface PipelineOptions {
  readonly knex: Knex
  readonly passwords: Secrets
  /** What stands before an operation once it is known who calls: `users.create`. */
  readonly guards?: Readonly<Record<string, Hook>>
  /** Whether hooks run behind the pipeline: those of the declaration, and any that somebody has registered since. */
  readonly hasOtherHooks: () => boolean
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

type Parts = PipelineOptions & {
  readonly model: Model
  readonly hasHooks: boolean
  /** Where a write needs more than one statement. */
  readonly inTransaction: (isNeeded: (context: CallContext) => boolean) => Hook
}

const guardOf = ({ guards, model }: Parts, method: string) => guards?.[`${model.name}.${method}`]

const find = ({ model, hasOtherHooks }: Parts): Pipeline => [
  ['identify', identify()],
  ['share', share()],
  ['authorize', authorize(model)],
  ['paginate', paginate(model)],
  ['validateQuery', validateQuery(model, hasOtherHooks)],
  ['include', include()]
]

const get = ({ model, hasOtherHooks }: Parts): Pipeline => [
  ['identify', identify()],
  ['share', share()],
  ['authorize', authorize(model)],
  ['validateId', validateId(model)],
  ['validateQuery', validateQuery(model, hasOtherHooks)],
  ['include', include()]
]

const create = (parts: Parts): Pipeline => {
  const { model, passwords, wake, hasHooks, hasOtherHooks, inTransaction } = parts

  return [
    ['identify', identify()],
    ['share', share()],
    ['authorize', authorize(model)],
    ['guard', guardOf(parts, 'create')],
    ['validateQuery', validateQuery(model, hasOtherHooks)],
    ['boundData', boundData(model, 'create')],
    ['acceptUnchanged', acceptUnchanged(model, 'create')],
    ['validateData', validateData(model, 'create')],
    ['authorizeFields', authorizeFields(model, 'create')],
    ['askReferences', askReferences(model)],
    ['prepare', prepare(model, passwords)],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    [
      'transaction',
      inTransaction((context) => isGuarded(context) || needsParents(model.rules.create)(context))
    ],
    ['authorizeCreation', authorizeCreation(model)],
    ['includeWritten', includeWritten],
    ['assertFirst', hasHooks ? assertFirst : undefined],
    ['authorizeCreated', hasGuarded(model) ? authorizeCreated(model) : undefined]
  ]
}

const change = (parts: Parts, method: Exclude<Written, 'create'>): Pipeline => {
  const { model, passwords, wake, hasHooks, hasOtherHooks, inTransaction } = parts
  const { update } = model.rules
  const isNeeded = [touchesRule(model), isTransition(model), isGuarded, needsParents(update)]

  return [
    ['identify', identify()],
    ['share', share()],
    ['authorize', authorize(model)],
    ['guard', guardOf(parts, method)],
    ['validateId', validateId(model)],
    ['validateQuery', validateQuery(model, hasOtherHooks)],
    ['boundData', boundData(model, method)],
    ['acceptUnchanged', acceptUnchanged(model, method)],
    ['validateData', validateData(model, method)],
    ['authorizeFields', authorizeFields(model, method)],
    ['askReferences', askReferences(model)],
    ['prepare', prepare(model, passwords)],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    ['transaction', inTransaction((context) => isNeeded.some((asks) => asks(context)))],
    ['includeWritten', includeWritten],
    ['explainDenial', explainDenial(model)],
    ['holdParents', holdParentsOf(update)],
    ['assertFirst', hasHooks ? assertFirst : undefined],
    ['authorizeWritten', hasGuarded(model) ? authorizeWritten(model) : undefined],
    ['step', step(model)],
    ['authorizeResult', authorizeResult(model)]
  ]
}

const remove = (parts: Parts): Pipeline => {
  const { model, wake, hasOtherHooks, inTransaction } = parts

  return [
    ['identify', identify()],
    ['share', share()],
    ['authorize', authorize(model)],
    ['guard', guardOf(parts, 'remove')],
    ['validateId', validateId(model)],
    ['validateQuery', validateQuery(model, hasOtherHooks)],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    ['transaction', inTransaction(needsParents(model.rules.remove))],
    ['includeWritten', includeWritten],
    ['explainDenial', explainDenial(model)],
    ['holdParents', holdParentsOf(model.rules.remove)]
  ]
}

/** A read that takes an input of its own: a report, the history of a record. */
const question = (parts: Parts, { name }: Operation): Pipeline => [
  ['identify', identify()],
  ['share', share()],
  ['authorize', authorize(parts.model)],
  ['guard', guardOf(parts, name)],
  ['validateInput', validateInput(parts.model)]
]

/** A write that takes an input of its own: an action, a step, a restoration, a creation by code of the declaration. */
const command = (parts: Parts, operation: Operation): Pipeline => {
  const { model, knex, wake, inTransaction } = parts
  const { name, rule, target, answers, location, run, transaction: isNeeded } = operation
  const isOwn = run !== undefined
  const isOpen = isOwn && location === undefined && mayApply(rule, null)
  const apart = isOwn && !isNeeded ? `${model.name}.${name}` : undefined

  return [
    ['identify', identify({ isOpen })],
    ['share', share(() => apart)],
    ['authorize', authorize(model)],
    ['guard', guardOf(parts, name)],
    ['validateInput', validateInput(model)],
    ['askInputReferences', askInputReferences(model)],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    // Code that must not hold a connection holds none for hooks or related records either.
    [
      'transaction',
      isOwn ? transaction(knex, () => isNeeded) : inTransaction(() => isNeeded || asksParents(rule))
    ],
    ['includeWritten', answers === 'output' ? undefined : includeWritten],
    ['explainDenial', explainDenial(model)],
    ['holdParents', target === 'record' ? holdParentsOf(rule) : undefined]
  ]
}

const partsOf = (model: Model, options: PipelineOptions): Parts => {
  const hasHooks = model.hooks !== undefined

  return {
    ...options,
    model,
    hasHooks,
    inTransaction: (isNeeded) =>
      transaction(options.knex, (context) => hasHooks || hasIncludes(context) || isNeeded(context))
  }
}

/** The pipeline of each method of a resource's service, Feathers' own and those of its operations. Built once, at the start. */
export const pipelinesOf = (model: Model, options: PipelineOptions): Readonly<Record<string, Pipeline>> => {
  const parts = partsOf(model, options)
  const own = model.operations.filter(({ data }) => data === 'input')

  return {
    find: find(parts),
    get: get(parts),
    create: create(parts),
    update: change(parts, 'update'),
    patch: change(parts, 'patch'),
    remove: remove(parts),
    ...Object.fromEntries(
      own.map((operation) => [
        operation.name,
        operation.effect === 'read' ? question(parts, operation) : command(parts, operation)
      ])
    )
  }
}

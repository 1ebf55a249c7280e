import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Written } from '../model/schemas'
import { mayApply } from '../rules/policy'
import { hasIncludes } from './hooks/answer-query'
import { identify } from './hooks/authenticate'
import { authorize, authorizeCreation, authorizeResult, explainDenial, touchesRule } from './hooks/authorize'
import { authorizeCreated, authorizeWritten, hasGuarded, isGuarded } from './hooks/authorize-written'
import { boundData } from './hooks/bound-data'
import { cached } from './hooks/cache'
import { recordChange } from './hooks/change'
import { asksParents, holdParentsOf, needsParents } from './hooks/hold-parents'
import { idempotency, isRemembered, rememberAnswer, rememberApart } from './hooks/idempotency'
import { include, includeWritten } from './hooks/include'
import { limitRate } from './hooks/limit-rate'
import { holdMatching, isHeld } from './hooks/hold-matching'
import { paginate } from './hooks/paginate'
import { prepare } from './hooks/prepare'
import { project } from './hooks/project'
import { askInputReferences, askReferences, assertFirst } from './hooks/references'
import { share } from './hooks/share'
import { transaction } from './hooks/transaction'
import { isTransition, step } from './hooks/transition'
import { acceptUnchanged, authorizeFields } from './hooks/unchanged'
import { validateData, validateId, validateInput } from './hooks/validate'
import { validateQuery } from './hooks/validate-query'
import { groups } from './pipeline-groups'
import { many } from './pipeline-many'
import type { Parts, Pipeline, PipelineOptions } from './pipeline-parts'
import { asksFirst, guardOf, preconditionsOf, sourceOf } from './pipeline-parts'

export type { Pipeline, PipelineOptions }

const cacheOf = ({ model, hasOtherHooks }: Parts, method: string) =>
  cached(
    model,
    model.operations.find(({ name }) => name === method),
    hasOtherHooks
  )

const find = (parts: Parts): Pipeline => [
  ['identify', identify()],
  ['limit', limitRate(parts, 'find')],
  ['cache', cacheOf(parts, 'find')],
  ['source', sourceOf(parts)],
  ['share', share()],
  ['authorize', authorize(parts.model)],
  ['paginate', paginate(parts.model)],
  ['validateQuery', validateQuery(parts.model, parts.hasOtherHooks)],
  ['include', include()]
]

const get = (parts: Parts): Pipeline => [
  ['identify', identify()],
  ['limit', limitRate(parts, 'get')],
  ['cache', cacheOf(parts, 'get')],
  ['source', sourceOf(parts)],
  ['share', share()],
  ['authorize', authorize(parts.model)],
  ['validateId', validateId(parts.model)],
  ['validateQuery', validateQuery(parts.model, parts.hasOtherHooks)],
  ['include', include()]
]

/** What was remembered of a write of records is shown as its answer was. */
const answeredAgain = ({ model, hasOtherHooks }: Parts) =>
  idempotency([validateQuery(model, hasOtherHooks), project(model), includeWritten])

const create = (parts: Parts): Pipeline => {
  const { model, passwords, wake, hasHooks, hasOtherHooks, inTransaction } = parts

  return [
    ['identify', identify()],
    ['limit', limitRate(parts, 'create')],
    ['authorize', authorize(model)],
    ['shareFirst', share({ isMeant: asksFirst(parts, 'create') })],
    ['idempotency', answeredAgain(parts)],
    ['guard', guardOf(parts, 'create')],
    ['preconditions', preconditionsOf(parts, 'create')],
    ['validateQuery', validateQuery(model, hasOtherHooks)],
    ['boundData', boundData(model, 'create')],
    ['acceptUnchanged', acceptUnchanged(model, 'create')],
    ['validateData', validateData(model, 'create')],
    ['authorizeFields', authorizeFields(model, 'create')],
    ['askReferences', askReferences(model)],
    ['prepare', prepare(model, passwords)],
    ['share', share()],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    [
      'transaction',
      inTransaction((context) => isGuarded(context) || needsParents(model.rules.create)(context))
    ],
    ['authorizeCreation', authorizeCreation(model)],
    ['includeWritten', includeWritten],
    ['rememberAnswer', rememberAnswer],
    ['assertFirst', hasHooks ? assertFirst : undefined],
    ['authorizeCreated', hasGuarded(model) ? authorizeCreated(model) : undefined]
  ]
}

const change = (parts: Parts, method: Exclude<Written, 'create'>): Pipeline => {
  const { model, passwords, wake, hasHooks, hasOtherHooks, inTransaction } = parts
  const { update } = model.rules
  const isNeeded = [touchesRule(model), isTransition(model), isGuarded, isHeld, needsParents(update)]

  return [
    ['identify', identify()],
    ['limit', limitRate(parts, method)],
    ['authorize', authorize(model)],
    ['shareFirst', share({ isMeant: asksFirst(parts, method) })],
    ['idempotency', answeredAgain(parts)],
    ['guard', guardOf(parts, method)],
    ['preconditions', preconditionsOf(parts, method)],
    ['validateId', validateId(model)],
    ['validateQuery', validateQuery(model, hasOtherHooks)],
    ['boundData', boundData(model, method)],
    ['acceptUnchanged', acceptUnchanged(model, method)],
    ['validateData', validateData(model, method)],
    ['authorizeFields', authorizeFields(model, method)],
    ['askReferences', askReferences(model)],
    ['prepare', prepare(model, passwords)],
    ['share', share()],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    ['transaction', inTransaction((context) => isNeeded.some((asks) => asks(context)))],
    ['includeWritten', includeWritten],
    ['rememberAnswer', rememberAnswer],
    ['explainDenial', explainDenial(model)],
    ['holdParents', holdParentsOf(update)],
    ['holdMatching', holdMatching(model)],
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
    ['limit', limitRate(parts, 'remove')],
    ['authorize', authorize(model)],
    ['shareFirst', share({ isMeant: asksFirst(parts, 'remove') })],
    ['idempotency', answeredAgain(parts)],
    ['guard', guardOf(parts, 'remove')],
    ['preconditions', preconditionsOf(parts, 'remove')],
    ['validateId', validateId(model)],
    ['validateQuery', validateQuery(model, hasOtherHooks)],
    ['share', share()],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    ['transaction', inTransaction((context) => isHeld(context) || needsParents(model.rules.remove)(context))],
    ['includeWritten', includeWritten],
    ['rememberAnswer', rememberAnswer],
    ['explainDenial', explainDenial(model)],
    ['holdParents', holdParentsOf(model.rules.remove)],
    ['holdMatching', holdMatching(model)]
  ]
}

/** A read that takes an input of its own: a report, the history of a record. */
const question = (parts: Parts, { name, run }: Operation): Pipeline => [
  ['identify', identify()],
  ['limit', limitRate(parts, name)],
  ['cache', cacheOf(parts, name)],
  ['source', sourceOf(parts, run !== undefined)],
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
  const written = answers === 'output' ? undefined : includeWritten

  return [
    ['identify', identify({ isOpen })],
    ['limit', limitRate(parts, name)],
    ['authorize', authorize(model)],
    ['share', share({ operationOf: () => apart })],
    ['idempotency', idempotency([validateInput(model), project(model), written])],
    ['guard', guardOf(parts, name)],
    ['preconditions', preconditionsOf(parts, name)],
    ['validateInput', validateInput(model)],
    ['askInputReferences', askInputReferences(model)],
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    // Code that must not hold a connection holds none for hooks or related records either.
    [
      'transaction',
      isOwn ? transaction(knex, () => isNeeded) : inTransaction(() => isNeeded || asksParents(rule))
    ],
    ['includeWritten', written],
    ['rememberAnswer', apart === undefined ? rememberAnswer : rememberApart],
    ['explainDenial', explainDenial(model)],
    ['holdParents', target === 'record' ? holdParentsOf(rule) : undefined],
    ['holdMatching', operation.ifMatch ? holdMatching(model) : undefined]
  ]
}

const partsOf = (model: Model, options: PipelineOptions): Parts => {
  const hasHooks = model.hooks !== undefined

  return {
    ...options,
    model,
    hasHooks,
    inTransaction: (isNeeded) =>
      transaction(
        options.knex,
        (context) => hasHooks || hasIncludes(context) || isRemembered(context) || isNeeded(context)
      )
  }
}

const ownPipeline = (parts: Parts, operation: Operation): Pipeline => {
  if (operation.many) return many(parts, operation)
  if (operation.groups) return groups(parts, operation)

  return operation.effect === 'read' ? question(parts, operation) : command(parts, operation)
}

/** What makes the pipeline of each method of a resource's service, Feathers' own and those of its operations. */
export const pipelinesOf = (
  model: Model,
  options: PipelineOptions
): Readonly<Record<string, () => Pipeline>> => {
  const parts = partsOf(model, options)
  const own = model.operations.filter((operation) => operation.data === 'input' || operation.many)

  return {
    find: () => find(parts),
    get: () => get(parts),
    create: () => create(parts),
    update: () => change(parts, 'update'),
    patch: () => change(parts, 'patch'),
    remove: () => remove(parts),
    ...Object.fromEntries(own.map((operation) => [operation.name, () => ownPipeline(parts, operation)]))
  }
}

import { columnsOf } from '../../declare/predicate'
import type { Model } from '../../model/model'
import { presentRecords } from '../../model/rules'
import type { Operation } from '../../model/operations'
import { masksOf, NO_MASKS } from '../../rules/masks'
import { allows, readableColumns, restrictionOf } from '../../rules/policy'
import type { User } from '../../rules/policy'
import { planned } from '../../rules/plans'
import { permits } from '../../rules/scopes'
import type { Row } from '../../sql/database'
import { ApiError } from '../../errors/errors'
import type { AccessParams } from '../service-params'
import { afterwards, beforehand } from './phased'
import type { CallContext, Hook } from './context'
import { isExternal, operationsByName } from './context'
import { asksParents } from './hold-parents'

const refusal = (user: User) => new ApiError(user ? 'FORBIDDEN' : 'NOT_AUTHENTICATED')
const accessError = ({ params }: CallContext) => refusal(params.user)

/** The one place where scopes are asked of a call, whichever way it came. */
const requireScope = (user: User, operation: Operation) => {
  if (permits(user, operation)) return
  const { resource, name, interactiveOnly } = operation
  const message = interactiveOnly
    ? 'Credentials with scopes may not do this: sign in yourself'
    : `The scopes of this credential do not include ${resource}:${name}`
  const hint = interactiveOnly
    ? 'No permission of an API key includes this'
    : `Use an API key with the permission ${resource}:${name}, or sign in yourself`
  throw new ApiError('FORBIDDEN', { message, hint })
}

/**
 * What the rule of an operation leaves for a user: what every statement of the call is restricted by, and which columns it may read. It is
 * the same object for as long as the principal is kept.
 *
 * @param isLinked whether a signed link stands for the credentials
 */
export type AccessTo = (operation: Operation, user: User, isLinked?: boolean) => AccessParams

/** @throws NOT_AUTHENTICATED, FORBIDDEN or INVALID_LINK where the user may never do this, whatever the record */
export const accessTo = (model: Model): AccessTo => {
  const plan = planned(({ rule }: Operation, user) =>
    Object.freeze({
      restrict: restrictionOf(rule, user),
      columns: readableColumns(model, user),
      masks: masksOf(model, user)
    })
  )

  return (operation, user, isLinked = false) => {
    requireScope(user, operation)
    if (isLinked && !operation.linkable) throw new ApiError('INVALID_LINK')
    const access = plan(operation, user)
    if (access.restrict.kind === 'false') throw refusal(user)

    return access
  }
}

/** What a hook hands on of its own call is not asked of another one. */
const withoutOuter = ({ params }: CallContext) => {
  if (!params.preconditions && !params.conditions && !params.guarded) return params
  const { preconditions: _outer, conditions: _conditions, guarded: _guarded, ...rest } = params

  return rest
}

/** What a call by a signed link calls in turn, on the caller's behalf, is part of what was signed. */
const withoutLink = (given: CallContext['params']) => {
  if (given.link === undefined) return { params: given, isLinked: false }
  const { link, ...params } = given

  return { params, isLinked: link === true }
}

/** What is wrong with the form of a call is told to who may make such a call. */
const assertForm = ({ params }: CallContext) => {
  if (params.fault) throw params.fault
}

/**
 * Asks the operation's rule before anything is read or validated: who may never do this is told so at once. What the rule
 * asks of the record goes into `params.access`, which every statement of the call is restricted by.
 */
export const authorize = (model: Model): Hook => {
  const operations = operationsByName(model)
  // The server itself is not asked, but a removed record is gone for it as well.
  const own = Object.freeze({ restrict: presentRecords(model), columns: model.visible, masks: NO_MASKS })
  const accessOf = accessTo(model)

  return beforehand((context) => {
    if (!isExternal(context)) {
      assertForm(context)
      context.params = { access: own, ...withoutOuter(context) }
      return
    }
    const operation = operations.get(context.method)
    if (!operation) throw new ApiError('METHOD_NOT_ALLOWED')
    const { isLinked, params } = withoutLink(withoutOuter(context))
    context.params = { ...params, access: accessOf(operation, params.user ?? null, isLinked) }
    assertForm(context)
  })
}

/** Whether a change touches a column that the rule for it asks about: then the row has to be checked as it becomes, too. */
export const touchesRule = (model: Model) => {
  const columns = new Set(columnsOf(model.rules.update))
  // The database changes these by itself.
  const always = [...columns].some(
    (name) => name === 'updated_at' || model.fields.get(name)?.computed || model.fields.get(name)?.counts
  )

  return ({ method, data }: CallContext): boolean =>
    (method === 'update' || method === 'patch') &&
    (always || Object.keys((data ?? {}) as object).some((name) => columns.has(name)))
}

/** Checks the row as it became; the transaction around it takes a refused change back. */
export const authorizeResult = (model: Model): Hook => {
  const touches = touchesRule(model)

  return afterwards((context) =>
    isExternal(context) && touches(context) ? assertResult(model, context) : undefined
  )
}

const assertResult = async (model: Model, context: CallContext) => {
  const { service, params, result } = context
  if (!(await service._allows(model.rules.update, [result as Row], params))) throw accessError(context)
}

/**
 * Checks rows that are about to be created. Where the rule asks for their parents, who names one that they may not read is told so as
 * everywhere, and not that the rule forbids it.
 */
export const authorizeCreation = (model: Model): Hook => {
  const rule = model.rules.create

  if (!asksParents(rule))
    return beforehand((context) => {
      if (!isExternal(context)) return
      const { params, data } = context
      const isAllowed = ([data].flat() as Row[]).every((row) => allows(rule, params.user, row))
      if (!isAllowed) throw accessError(context)
    })

  return beforehand(async (context) => {
    const { service, params, data } = context
    if (!isExternal(context) || (await service._allows(rule, [data].flat() as Row[], params))) return
    await service._assertPreconditions(params)
    throw accessError(context)
  })
}

/** A write that found nothing: who may see the record is told that they may not change it, everybody else that there is none. */
export const explainDenial =
  (model: Model): Hook =>
  async (context, next) => {
    try {
      await next()
    } catch (error) {
      const isHidden = error instanceof ApiError && error.errorCode === 'NOT_FOUND' && isExternal(context)
      if (!isHidden || !(await isReadable(model, context))) throw error
      throw accessError(context)
    }
  }

const isReadable = async (model: Model, { service, id, params, data }: CallContext): Promise<boolean> => {
  const target = id ?? (data as { id?: number } | undefined)?.id

  return target !== undefined && target !== null && service._isReadable(target, params)
}

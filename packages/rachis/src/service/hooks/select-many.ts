import { and } from '../../declare/predicate'
import { ApiError, validationError } from '../../errors/errors'
import type { Model } from '../../model/model'
import { badQuery } from '../../model/query-parameter'
import { allows, restrictionOf } from '../../rules/policy'
import { filtersIn, parseFilters, PARAMETERS, readerOf, server } from '../../query/query'
import type { Row } from '../../sql/database'
import { carrySelection } from '../call-selection'
import type { Hook } from './context'
import { isExternal } from './context'

/** What else may stand in a query besides filters by their fields. */
const FILTERS = ['filter', '$and', '$or']

const assertOnlyFilters = (query: object) => {
  const other = Object.keys(query).find((name) => PARAMETERS.includes(name) && !FILTERS.includes(name))
  if (other !== undefined)
    throw badQuery(other, `${other} is not a parameter here`, 'Say by filters alone which records are meant')
  if (Object.keys(query).length === 0)
    throw new ApiError('BAD_QUERY', {
      message: 'This is called for all records that filters find, and there is no filter',
      hint: 'Send a filter, such as status=draft'
    })
}

/**
 * Reads the filters of a write of many records. They find records that the caller may read, so that nothing is learned of others by what
 * was changed, and of these the ones that the rule of the write allows.
 */
export const selectMany =
  (model: Model): Hook =>
  async (context, next) => {
    const { query = {}, access, user } = context.params
    const isAsked = isExternal(context)
    assertOnlyFilters(query)
    const where = parseFilters(model, filtersIn(query), isAsked ? readerOf(user) : server)
    const readable = isAsked ? [restrictionOf(model.rules.read, user)] : []
    const restrict = and([access!.restrict, ...readable])
    context.params = {
      ...context.params,
      access: { ...access!, restrict },
      query: carrySelection({}, { where })
    }

    return next()
  }

/**
 * Refuses what has to be asked of each record by itself: a field that only some records let the caller write, what is sent back as it was
 * read, and a step of the state machine.
 */
export const refuseSingle =
  (model: Model): Hook =>
  async (context, next) => {
    const { guarded, preconditions = [] } = context.params
    const [field] = guarded?.sent.flat() ?? []
    if (field !== undefined)
      throw new ApiError('FORBIDDEN', {
        field,
        message: `Whether you may write ${field} depends on the record: change them one by one`
      })
    const unchanged = preconditions.find(({ kind }) => kind === 'unchanged')
    if (unchanged) throw unchanged.refusal()
    const state = model.states?.field
    if (state !== undefined && isExternal(context) && Object.hasOwn(context.data as object, state))
      throw validationError([
        { field: state, message: 'is changed by steps, each on one record', rule: 'state' }
      ])

    return next()
  }

/** Checks the rows as they became; the transaction around it takes a refused change back. */
export const authorizeResults =
  (model: Model): Hook =>
  async (context, next) => {
    await next()
    if (!isExternal(context)) return
    const isAllowed = (row: Row) => allows(model.rules.update, context.params.user ?? null, row)
    if (!(context.result as Row[]).every(isAllowed)) throw new ApiError('FORBIDDEN')
  }

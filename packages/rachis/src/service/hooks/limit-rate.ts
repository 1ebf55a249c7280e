import type { Application } from '../../declare/declarations'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operation'
import type { RatedCaller, RateLimits } from '../../rules/rate-limits'
import { usesScopes } from '../../rules/scopes'
import type { CallContext, Hook } from './context'
import { beforehand } from './phased'

/** Records of one bulk creation that count as one request: they share its statement and its transaction. */
const RECORDS_PER_REQUEST = 10
/** A full-text search looks through far more than it answers. */
const SEARCH = 5
/** An export reads any number of records, and holds a connection to the database meanwhile. */
const EXPORT = 10

const searches = ({ params: { query = {} } }: CallContext) =>
  query.search !== undefined || query.$search !== undefined

/** Rows of a file that count as one request, and what the longest file counts as: its bytes and its rows have limits of their own. */
const ROWS_PER_REQUEST = 100
const IMPORT = 50

const costOfRecords = ({ data, params: { called } }: CallContext): number => {
  if (called?.form === 'import') {
    const { rows } = data as { readonly rows: number }
    return Math.min(IMPORT, Math.ceil(rows / ROWS_PER_REQUEST))
  }

  return Array.isArray(data) ? Math.ceil(data.length / RECORDS_PER_REQUEST) : 1
}

/** How many requests a call counts for. */
const costOf = ({ cost = 1, answers, batch }: Operation) => {
  if (batch !== undefined) return (context: CallContext) => Math.max(cost, costOfRecords(context))
  if (answers === 'page')
    return (context: CallContext) =>
      Math.max(cost, searches(context) ? SEARCH : 0, context.params.called?.form === 'export' ? EXPORT : 0)

  return () => cost
}

/** An operation that can count for one request only, of which nobody has a budget but its address, was counted when it came. */
const isCounted = ({ rates = [], cost = 1, answers, batch }: Operation, { ofCallers }: RateLimits) =>
  rates.length === 0 && cost === 1 && !ofCallers && answers !== 'page' && batch === undefined

/** Whom a call is counted for. A key is named by its credential. */
export const ratedCaller = (app: Application, params: CallContext['params']): RatedCaller => {
  const { address, user, allowance, authentication } = params
  const key = usesScopes(user ?? null) ? app.get('identity').credentialOf(authentication).name : undefined

  return { address, user, allowance, key }
}

interface Limited {
  readonly model: Model
  /** Undefined where requests are not limited. */
  readonly rates?: RateLimits
}

/**
 * Counts a call for who calls, by what its operation declares and by what it costs. Its address has been counted for one request
 * before anything of it was read.
 *
 * @param method that clients can call
 * @returns undefined where nothing more is to be counted
 */
export const limitRate = ({ model, rates: limits }: Limited, method: string): Hook | undefined => {
  const operation = model.operations.find(({ name }) => name === method)
  if (!limits || !operation || isCounted(operation, limits)) return undefined
  const { rates: declared = [] } = operation
  const cost = costOf(operation)

  return beforehand((context) => {
    const { called, ...params } = context.params
    if (called?.resource !== model.name || called.name !== method) return
    const due = cost(context)
    context.params = params

    return limits.charge(ratedCaller(context.app as Application, context.params), {
      declared,
      cost: due,
      paid: 1
    })
  })
}

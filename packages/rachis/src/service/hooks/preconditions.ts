import { ApiError } from '../../errors/errors'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import { seesQuiet } from '../../model/quiet'
import { sightOfField } from '../../rules/scopes'
import type { Precondition } from '../../sql/preconditions'
import type { ReadTag } from '../../util/entity-tags'
import { readTag } from '../../util/entity-tags'
import type { RecordConditions } from '../record-conditions'
import { conditionsIn, withoutConditions } from '../record-conditions'
import type { CallContext, Hook, NextFunction } from './context'
import { isExternal } from './context'
import { aroundSome } from './phased'
import type { Reading } from './representation'
import { currentTag, recordIdIn } from './representation'

export const preconditionFailed = () => new ApiError('PRECONDITION_FAILED')

const notTaken = (field: string, hint: string) =>
  new ApiError('BAD_REQUEST', { field, message: `${field} cannot be asked of this operation`, hint })

const OF_ONE = 'Send it with the change of one record, of which it says how the caller knows it'

/** @throws BAD_REQUEST where there is no record, or none that could be held, to ask them of */
const refuse = ({ match, noneMatch }: RecordConditions, { target, location }: Operation) => {
  if (match !== undefined) throw notTaken('If-Match', target === 'record' ? 'Call it without' : OF_ONE)
  // What creates a record never replaces one.
  if (noneMatch !== undefined && !(noneMatch === '*' && location !== undefined))
    throw notTaken('If-None-Match', OF_ONE)
}

/**
 * Of a call with no record that could be held.
 *
 * @throws BAD_REQUEST where its headers state a condition
 */
export const refuseConditions = (operation: Operation, headers: CallContext['params']['headers']): void => {
  const asked = conditionsIn(headers)
  if (asked) refuse(asked, operation)
}

/** The tags that could name the record: a weak one never does (RFC 9110, 13.1.1), nor one that this server has not made. */
export const strongTags = (match: Exclude<RecordConditions['match'], '*' | undefined>): ReadTag[] =>
  match.flatMap(({ opaque, isWeak }) => (isWeak ? [] : (readTag(opaque) ?? [])))

const wantedVersion = (model: Model, { params }: CallContext, tags: readonly ReadTag[]): Precondition => ({
  kind: 'version',
  column: 'version',
  versions: tags.map(({ version }) => version!),
  restrict: sightOfField(model, 'version', params.user),
  refusal: preconditionFailed
})

/** What decides whether the statement of the write can ask for the record's version, with nothing read before it. */
interface Asking {
  readonly model: Model
  readonly operation: Operation
  /** Whether code runs before the write, which might change the record itself. */
  readonly runsBefore: (context: CallContext) => boolean
}
interface Taking extends Asking {
  /** Whether its caller sees fields of the record that not every reader sees. */
  readonly seesMore: ReturnType<typeof seesQuiet>
}

/**
 * The versions that the record may have, where they say all that is asked. `version` does not count changes of fields that not every
 * reader sees: for who sees such fields a tag holds a digest of them as well, which only the whole record can be compared with.
 */
const askedVersions = (
  { model, seesMore }: Taking,
  { params }: CallContext,
  asked: RecordConditions
): ReadTag[] | undefined => {
  const { match, noneMatch, unmodifiedSince } = asked
  if (!model.versioned || noneMatch || unmodifiedSince || match === undefined || match === '*')
    return undefined
  const tags = strongTags(match)
  const isMore = seesMore(params.access?.columns ?? [])

  return tags.every(({ version, digest }) => version !== undefined && !(isMore && digest)) ? tags : undefined
}

const take = (taking: Taking, context: CallContext, asked: RecordConditions) => {
  const { model, operation, runsBefore } = taking
  const isPlain = operation.data !== 'input' && !runsBefore(context)
  const versions = isPlain ? askedVersions(taking, context, asked) : undefined
  const { preconditions = [], query = {} } = context.params
  context.params = {
    ...context.params,
    ...(versions
      ? { preconditions: [wantedVersion(model, context, versions), ...preconditions] }
      : { conditions: { ...asked, query } })
  }
}

/** Tells which version there is now, to who may read it. */
const withCurrentTag = async (model: Model, record: Reading, error: unknown): Promise<unknown> => {
  const isFailed = error instanceof ApiError && error.errorCode === 'PRECONDITION_FAILED'
  const etag = isFailed ? await currentTag(model, record) : undefined

  return etag === undefined ? error : new ApiError('PRECONDITION_FAILED', { headers: { ETag: etag } })
}

/**
 * Reads what a write asks of the record that it changes by `If-Match` and its like. Where that is a version, the statement of the write asks
 * for it; anything else is left to `holdMatching`. What was asked and does not hold is told to who may write the record only.
 */
export const preconditions = (asking: Asking): Hook => {
  const { model, operation } = asking
  const taking = { ...asking, seesMore: seesQuiet([...model.fields.values()]) }

  const ask = async (asked: RecordConditions, context: CallContext, next: NextFunction) => {
    context.params = { ...context.params, headers: withoutConditions(context.params.headers) }
    if (!operation.ifMatch) refuse(asked, operation)
    else take(taking, context, asked)
    // The transaction of the write is over where it has failed.
    const { params, service } = context
    try {
      await next()
    } catch (error) {
      throw await withCurrentTag(model, { params, service, id: recordIdIn(context) }, error)
    }
  }

  return aroundSome((context) => {
    if (!isExternal(context)) return undefined
    const asked = conditionsIn(context.params.headers)
    if (operation.ifMatch === 'required' && asked?.match === undefined)
      throw new ApiError('PRECONDITION_REQUIRED')

    return asked && ((next) => ask(asked, context, next))
  })
}

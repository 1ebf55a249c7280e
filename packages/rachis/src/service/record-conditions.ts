import { ApiError } from '../errors/errors'
import type { GivenTags } from '../util/entity-tags'
import { parseTags } from '../util/entity-tags'

/** What a write asks of the record that it changes, as it is before that: RFC 9110, section 13.1. */
export interface RecordConditions {
  readonly match?: GivenTags
  readonly noneMatch?: GivenTags
  readonly unmodifiedSince?: Date
}

/** Conditions that the record is held for while it is compared, with the query of the call, which a tag may be of. */
export interface HeldConditions extends RecordConditions {
  readonly query: object
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** By these names they come; over a socket as `$if_match` and `$if_none_match` of the query. */
const IF_MATCH = 'if-match'
const IF_NONE_MATCH = 'if-none-match'
const IF_UNMODIFIED_SINCE = 'if-unmodified-since'

/** Dates of HTTP begin with a day of the week in all three of their forms, and `2026-01-01` is none: RFC 9110, 5.6.7. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/

const malformed = (field: string) =>
  new ApiError('BAD_REQUEST', {
    field,
    message: `${field} must be * or a list of entity tags`,
    hint: 'Write a tag in double quotes, as ETag has it, or the version of the record: "7"'
  })

const tagsIn = (field: string, value: unknown): GivenTags | undefined => {
  if (value === undefined) return undefined
  // Over a socket a version may come as the number that the record has.
  const text = Number.isSafeInteger(value) ? `"${Number(value)}"` : value
  const tags = typeof text === 'string' ? parseTags(text) : undefined
  if (tags === undefined) throw malformed(field)

  return tags
}

/** What is no date of HTTP is not asked: RFC 9110, 13.1.4. */
const dateIn = (value: unknown): Date | undefined =>
  typeof value === 'string' && HTTP_DATE.test(value) ? new Date(value) : undefined

/**
 * The conditions that a call's headers state; undefined where there are none.
 *
 * @throws BAD_REQUEST for what is no list of entity tags
 */
export const conditionsIn = (headers: Headers = {}): RecordConditions | undefined => {
  const match = tagsIn('If-Match', headers[IF_MATCH])
  const noneMatch = tagsIn('If-None-Match', headers[IF_NONE_MATCH])
  // Asked only where there is no If-Match: RFC 9110, 13.2.2.
  const unmodifiedSince = match === undefined ? dateIn(headers[IF_UNMODIFIED_SINCE]) : undefined
  if (match === undefined && noneMatch === undefined && unmodifiedSince === undefined) return undefined

  return { match, noneMatch, unmodifiedSince }
}

const NAMES = [IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE]

/** Whether a call states any, well or badly. */
export const hasConditions = (headers: Headers = {}): boolean =>
  NAMES.some((name) => headers[name] !== undefined)

/** They are those of this call: what it calls in turn, with its headers, concerns other records. */
export const withoutConditions = (headers: Headers = {}): Headers => {
  const { [IF_MATCH]: _match, [IF_NONE_MATCH]: _noneMatch, [IF_UNMODIFIED_SINCE]: _since, ...rest } = headers

  return rest
}

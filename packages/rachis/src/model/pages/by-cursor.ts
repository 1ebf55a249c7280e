import { Type } from '@feathersjs/typebox'
import { strictObject } from '../../declare'
import { ApiError } from '../../errors/errors'
import { badQuery, wholeNumber } from '../query-parameter'
import { LIMIT } from './by-offset'
import { COUNT, readCount } from './count'
import { nonNegativeInteger } from './non-negative-integer'
import type { KeysetRange, PageForm, PageParameter } from './page-form'

/** Characters of a cursor at most: it holds the values that its list is sorted by, and has to fit into an address. */
export const MAX_CURSOR = 8192

const schema = { type: 'string', maxLength: MAX_CURSOR, pattern: '^[\\w-]*$' }

const CURSOR: PageParameter = {
  name: 'cursor',
  feathersName: '$cursor',
  schema,
  example: 'cursor=',
  synonyms: ['pagetoken', 'nexttoken', 'continuation', 'continuationtoken', 'nextcursor', 'bookmark'],
  description: () =>
    'The page of a cursor, which `next_cursor` and `previous_cursor` of an answer to the same query are; empty: the first page.'
}
const AFTER: PageParameter = {
  name: 'after',
  feathersName: '$after',
  schema,
  example: 'after=',
  synonyms: ['startafter', 'startingafter', 'afterid', 'since'],
  description: () => 'The records behind the place of a cursor; empty: the first ones.'
}
const BEFORE: PageParameter = {
  name: 'before',
  feathersName: '$before',
  schema,
  example: 'before=',
  synonyms: ['endbefore', 'endingbefore', 'beforeid', 'until'],
  description: () => 'The records in front of the place of a cursor; empty: the last ones.'
}

/** What is no cursor of this list, sort, filter and reader. */
export const invalidCursor = (field = 'cursor') => new ApiError('INVALID_CURSOR', { field })

const readCursor = (name: string, value: unknown): string | undefined => {
  if (value === '') return undefined
  if (typeof value !== 'string' || value.length > MAX_CURSOR || !/^[\w-]+$/.test(value))
    throw invalidCursor(name)

  return value
}

const rangeOf = ({ cursor, after, before }: Readonly<Record<string, unknown>>): KeysetRange => {
  const given = Object.entries({ cursor, after, before }).filter(([, value]) => value !== undefined)
  const [[name, value] = ['cursor', ''], other] = given
  if (other) throw badQuery(other[0], `Send ${name} or ${other[0]}, not both`, `Leave ${other[0]} out`)
  const text = readCursor(name, value)
  const side = name === 'before' ? 'before' : 'after'

  return { side, cursor: text, isOpen: name === 'cursor' }
}

const cursor = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  description: 'A cursor for the parameter `cursor`; null where there is no such page.'
})

/**
 * `?cursor=…`, `?after=…` and `?before=…`: pages that begin at a place in the order instead of at a number, so that their cost does not
 * grow with their depth, and no record is missed or repeated where others are created or removed meanwhile.
 */
export const BY_CURSOR = {
  schemaName: 'CursorPage',
  title: 'By cursor',
  description: 'With cursors of the pages around it; `total` where it was asked for by `count`.',
  parameters: [CURSOR, AFTER, BEFORE],
  also: [LIMIT, COUNT],
  address: { path: 'cursor' as const, summary: 'by cursors', first: { cursor: '' } },
  read: ({ limit, count, ...given }, limits) => ({
    limit: Math.min(wholeNumber('limit', 0, limit, limits.default), limits.max),
    skip: 0,
    keyset: rangeOf(given),
    count: 'none' as const,
    ...readCount(count)
  }),
  schema: (record) =>
    strictObject(
      {
        data: Type.Array(record),
        next_cursor: cursor,
        previous_cursor: cursor,
        total: nonNegativeInteger
      },
      ['data', 'next_cursor', 'previous_cursor']
    ),
  answer: ({ total, data, next = null, previous = null }) => ({
    data,
    next_cursor: next,
    previous_cursor: previous,
    ...(total === undefined ? {} : { total })
  }),
  links: ({ next, previous }) => {
    const at = (text: string) => ({ cursor: text, after: undefined, before: undefined })

    return {
      ...(next ? { next: at(next) } : {}),
      ...(previous ? { prev: at(previous) } : {}),
      ...(next || previous ? { first: at('') } : {})
    }
  }
} satisfies PageForm

import { Type } from '@feathersjs/typebox'
import { strictObject } from '../../declare'
import { wholeNumber } from '../query-parameter'
import { COUNTED_ALWAYS, readCount } from './count'
import { nonNegativeInteger } from './non-negative-integer'
import type { PageForm, PageParameter } from './page-form'

/** Records of a page: a parameter that pages by cursor take as well. */
export const LIMIT: PageParameter = {
  name: 'limit',
  feathersName: '$limit',
  schema: { type: 'integer', minimum: 0 },
  example: 'limit=20',
  synonyms: ['take', 'top', 'first', 'max', 'maxresults', 'rows', 'range'],
  description: ({ default: usual, max }) =>
    `Answer at most so many; ${usual} unless said, never more than ${max}.`
}
const SKIP: PageParameter = {
  name: 'skip',
  feathersName: '$skip',
  schema: { type: 'integer', minimum: 0 },
  example: 'skip=40',
  synonyms: ['offset', 'start', 'startindex', 'from'],
  description: () => 'Leave out so many at the beginning.'
}

/** The place of the last page, counted in whole pages from the first record. */
const lastOf = (total: number, limit: number) => Math.floor(Math.max(0, total - 1) / limit) * limit

/** `?limit=20&skip=40`, and the form of a query that asks for none: the page as Feathers answers it. */
export const BY_OFFSET: PageForm = {
  schemaName: 'Page',
  title: 'By offset',
  description: 'Of `total` records, those from `skip` on.',
  parameters: [LIMIT, SKIP],
  also: [COUNTED_ALWAYS],
  read: ({ limit, skip, count }, limits) => ({
    limit: Math.min(wholeNumber('limit', 0, limit, limits.default), limits.max),
    skip: wholeNumber('skip', 0, skip, 0),
    ...readCount(count)
  }),
  schema: (record) =>
    strictObject(
      {
        total: nonNegativeInteger,
        limit: nonNegativeInteger,
        skip: nonNegativeInteger,
        data: Type.Array(record)
      },
      ['total', 'limit', 'skip', 'data']
    ),
  answer: ({ total, limit, skip, data }) => ({
    ...(total === undefined ? {} : { total }),
    limit,
    skip,
    data
  }),
  links: ({ total = 0, limit, skip, hasMore = skip + limit < total }) => ({
    ...(hasMore && limit > 0 ? { next: { skip: skip + limit } } : {}),
    ...(skip > 0 ? { prev: { skip: Math.max(0, skip - limit) } } : {}),
    ...(limit > 0 && (hasMore || skip > 0) ? { first: { skip: 0 } } : {}),
    ...(limit > 0 && total > limit ? { last: { skip: lastOf(total, limit) } } : {})
  }),
  wrapsRecords: true
}

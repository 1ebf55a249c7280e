import { Type } from '@feathersjs/typebox'
import { strictObject } from '../../declare'
import { wholeNumber } from '../query-parameter'
import { nonNegativeInteger } from './non-negative-integer'
import type { PageForm, PageParameter } from './page-form'

const LIMIT: PageParameter = {
  name: 'limit',
  feathersName: '$limit',
  minimum: 0,
  example: 'limit=20',
  synonyms: ['take', 'top', 'first', 'max', 'maxresults', 'rows', 'range'],
  description: ({ default: usual, max }) =>
    `Answer at most so many; ${usual} unless said, never more than ${max}.`
}
const SKIP: PageParameter = {
  name: 'skip',
  feathersName: '$skip',
  minimum: 0,
  example: 'skip=40',
  synonyms: ['offset', 'start', 'startindex', 'from'],
  description: () => 'Leave out so many at the beginning.'
}

/** `?limit=20&skip=40`, and the form of a query that asks for none: the page as Feathers answers it. */
export const BY_OFFSET: PageForm = {
  schemaName: 'Page',
  title: 'By offset',
  description: 'Of `total` records, those from `skip` on.',
  parameters: [LIMIT, SKIP],
  read: ({ limit, skip }, limits) => ({
    limit: Math.min(wholeNumber(LIMIT, limit, limits.default), limits.max),
    skip: wholeNumber(SKIP, skip, 0)
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
  answer: (page) => page
}
